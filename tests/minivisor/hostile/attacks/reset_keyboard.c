/* SPDX-License-Identifier: MIT */
/*
 * promise: a guest does not reset the machine by the keyboard controller
 * refused: port 64
 */

#include "hostile.h"

ATTACK (reset_keyboard)
{
	port_out8 (0x64, 0xFE);
	port_out8 (0x64, 0xD1);
	port_out8 (0x60, 0);
}
