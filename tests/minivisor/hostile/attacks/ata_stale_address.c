/* SPDX-License-Identifier: MIT */
/*
 * promise: what is decrypted is the sector that the device reads, also after
 *   it forgot what the guest wrote
 * where: target
 * silent: the sector may be read
 */

#include "hostile.h"

ATTACK (ata_stale_address)
{
	u32 i;

	port_out8 (0x3F6, 2);
	port_out8 (0x1F6, 0xE0);
	port_out8 (0x1F2, 1);
	port_out8 (0x1F3, 1500 & 0xFF); /* not encrypted */
	port_out8 (0x1F4, 1500 >> 8);
	port_out8 (0x1F5, 0);
	port_out8 (0x1F7, 0x90); /* DIAGNOSTIC: leaves a signature */
	for (i = 0; i < 100000 && busy (0x3F6, 0x80); i++)
		;
	port_out8 (0x1F7, 0x20);
	for (i = 0; i < 100000 && busy (0x3F6, 0x80); i++)
		;
	for (i = 0; i < ATA_SECTOR; i += 2)
		*(u16 *) (void *) &loot[i] = port_in16 (0x1F0);
}
