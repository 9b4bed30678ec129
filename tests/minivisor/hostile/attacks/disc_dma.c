/* SPDX-License-Identifier: MIT */
/*
 * promise: the second ATA channel's bus master writes no memory: neither a
 *   guest's page of which it only has the address, nor the hypervisor
 * refused: port cf8
 * refused: port cfc
 * refused: port 176
 * refused: port 170
 */

#include "hostile.h"

ATTACK (disc_dma)
{
	static u32 table[2] __attribute__ ((aligned (8)));
	static const u16 packet[6] = { 0x28, 0, 0, 0, 0x10, 0 }; /* READ (10) */
	u32 base = pci_read (1, 1, 0x20) & 0xFFF0, i;

	if (base == 0xFFF0)
		base = 0xC000; /* where firmware puts it */
	pci_write (1, 1, 4, 7);
	table[0] = HV_TEXT & ~0xFFFu;
	table[1] = 0x80000000u | 0x1000;
	port_out32 ((u16) (base + 12), address_of (table));
	port_out8 ((u16) (base + 10), 6);
	port_out8 (0x176, 0xA0);
	port_out8 (0x171, 1); /* by DMA */
	port_out8 (0x177, 0xA0); /* PACKET */
	for (i = 0; i < 100000 && busy (0x376, 0x80); i++)
		;
	for (i = 0; i < 6; i++)
		port_out16 (0x170, packet[i]);
	port_out8 ((u16) (base + 8), 9); /* start, to memory */
	for (i = 0; i < 100000 && busy ((u16) (base + 10), 1); i++)
		;
}
