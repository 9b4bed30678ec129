/* SPDX-License-Identifier: MIT */
/*
 * promise: a device that the hypervisor does not guard writes no guest
 *   memory either
 * refused: port cf8
 * refused: port cfc
 * refused: port 177
 */

#include "hostile.h"

ATTACK (disc_dma_decoy)
{
	static u32 table[2] __attribute__ ((aligned (8)));
	static const u16 packet[6] = { 0x28, 0, 0, 0, 0x02, 0 };
	u32 base = pci_read (1, 1, 0x20) & 0xFFF0, i;

	if (base == 0xFFF0)
		base = 0xC000;
	pci_write (1, 1, 4, 7);
	table[0] = address_of (decoy);
	table[1] = 0x80000000u | PAGE;
	port_out32 ((u16) (base + 12), address_of (table));
	port_out8 (0x176, 0xA0);
	port_out8 (0x171, 1);
	port_out8 (0x177, 0xA0);
	for (i = 0; i < 100000 && busy (0x376, 0x80); i++)
		;
	for (i = 0; i < 6; i++)
		port_out16 (0x170, packet[i]);
	port_out8 ((u16) (base + 8), 9);
	for (i = 0; i < 100000 && busy ((u16) (base + 10), 1); i++)
		;
}
