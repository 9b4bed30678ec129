/* SPDX-License-Identifier: MIT */
/*
 * promise: a user program has no port that its kernel has not
 * refused: port 514
 * refused: port cf8
 * refused: port f4
 */

#include "hostile.h"

static void
touch (void *data)
{
	(void) data;
	port_out32 (0x514, 0);
	port_out32 (0xCF8, 0);
	port_out8 (0xF4, 0x10);
}

ATTACK (user_ports)
{
	user_call (touch, NULL);
}
