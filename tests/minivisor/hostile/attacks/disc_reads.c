/* SPDX-License-Identifier: MIT */
/*
 * promise: the second ATA channel is closed to PIO, too
 * refused: port 170
 * refused: port 177
 * refused: port 376
 */

#include "hostile.h"

ATTACK (disc_reads)
{
	u32 i;

	port_out8 (0x176, 0xA0);
	port_out8 (0x177, 0xA1); /* IDENTIFY PACKET DEVICE */
	for (i = 0; i < 100000 && busy (0x376, 0x80); i++)
		;
	for (i = 0; i < 512; i += 2)
		*(u16 *) (void *) &loot[i] = port_in16 (0x170);
}
