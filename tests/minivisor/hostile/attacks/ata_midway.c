/* SPDX-License-Identifier: MIT */
/*
 * promise: a command in the middle of another one's data is judged as any
 * refused: ATA command c8
 * where: target
 */

#include "hostile.h"

ATTACK (ata_midway)
{
	u32 i;

	port_out8 (0x1F2, 2);
	port_out8 (0x1F3, 7);
	port_out8 (0x1F4, 0);
	port_out8 (0x1F5, 0);
	port_out8 (0x1F6, 0xE0);
	port_out8 (0x1F7, 0x20);
	for (i = 0; i < 100; i++)
		*(u16 *) (void *) &loot[2 * i] = port_in16 (0x1F0);
	port_out8 (0x1F7, 0xC8);
	for (i = 0; i < 1000; i++)
		port_in16 (0x1F0);
	port_out8 (0x3F6, 4);
	port_out8 (0x3F6, 2);
	ata_identify (loot + 512);
}
