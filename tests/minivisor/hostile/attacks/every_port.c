/* SPDX-License-Identifier: MIT */
/*
 * promise: no port but those that are passed or mediated does anything
 * refused: port 0
 * refused: port 80
 * refused: port 400
 * refused: port 1ef
 * refused: port 800
 * refused: port cff
 * refused: port ffff
 */

#include "hostile.h"

ATTACK (every_port)
{
	u32 port;

	/* One of each thousand: what else is not listed is the same table. */
	for (port = 0; port < 0x10000; port += 0x400)
		port_out32 ((u16) port, 0xFFFFFFFF);
	port_out8 (0x80, 1);
	port_out8 (0x1EF, 1);
	port_out8 (0xCFF, 1);
	port_in8 (0xFFFF);
}
