/* SPDX-License-Identifier: MIT */
/*
 * promise: a guest does not end the machine as if all were well
 * refused: port f4
 * refused: port 8900
 */

#include "hostile.h"

ATTACK (fake_end)
{
	const char *text = "Shutdown";

	port_out8 (0xF4, 0x10);
	while (*text)
		port_out8 (0x8900, (u8) *text++);
}
