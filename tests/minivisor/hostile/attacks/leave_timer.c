/* SPDX-License-Identifier: MIT */
/*
 * promise: no timer and no interrupt is left armed
 * where: preguest
 * silent: what a guest does to its own state is no offence
 */

#include "hostile.h"

ATTACK (leave_timer)
{
	u32 i;

	for (i = 0; i < 3; i++) {
		port_out8 (0x43, (u8) (0x34 | i << 6)); /* periodic */
		port_out8 ((u16) (0x40 + i), 0x00);
		port_out8 ((u16) (0x40 + i), 0x04);
	}
	port_out8 (0x20, 0x11);
	port_out8 (0x21, 0x20);
	port_out8 (0x21, 4);
	port_out8 (0x21, 1);
	port_out8 (0x21, 0);
	for (i = 0; i < 100000; i++)
		port_in8 (0x40);
}
