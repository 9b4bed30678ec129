/* SPDX-License-Identifier: MIT */
/*
 * promise: the first channel's bus master is out of reach at every place
 *   where firmware may put it
 * refused: port c000
 * refused: port c008
 * refused: port c0f8
 */

#include "hostile.h"

ATTACK (disk_dma_ports)
{
	static u32 table[2] __attribute__ ((aligned (8)));
	u32 base;

	table[0] = HV_TEXT & ~0xFFFu;
	table[1] = 0x80000000u | 0x200;
	for (base = 0xC000; base < 0xC100; base += 8) {
		port_out32 ((u16) (base + 4), address_of (table));
		port_out8 ((u16) base, 9);
	}
}
