/* SPDX-License-Identifier: MIT */
/*
 * promise: an interrupt that is held open while the hypervisor works is not
 *   its own
 * refused: hypercall 7777
 */

#include "hostile.h"

ATTACK (interrupts_open)
{
	u32 i;

	port_out8 (0x43, 0x34);
	port_out8 (0x40, 0x00);
	port_out8 (0x40, 0x01);
	port_out8 (0x20, 0x11);
	port_out8 (0x21, 0x20);
	port_out8 (0x21, 4);
	port_out8 (0x21, 1);
	port_out8 (0x21, 0xFE); /* vector 0x20: no gate, it is never taken */
	for (i = 0; i < 2000; i++)
		hypercall (0x7777, 0, 0, 0);
	port_out8 (0x21, 0xFF);
	port_out8 (0x43, 0x30);
}
