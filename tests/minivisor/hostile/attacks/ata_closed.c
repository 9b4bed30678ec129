/* SPDX-License-Identifier: MIT */
/*
 * promise: the disk is closed while there is no key: nothing is read,
 *   written or armed for the target
 * refused: port 1f6
 * refused: port 1f7
 * refused: port 1f0
 * refused: port 3f6
 * where: preguest
 */

#include "hostile.h"

ATTACK (ata_closed)
{
	u8 sector[ATA_SECTOR] = { 0 };
	u32 i;

	port_out8 (0x3F6, 2);
	port_out8 (0x1F2, 1);
	port_out8 (0x1F3, 0);
	port_out8 (0x1F6, 0xE0);
	port_out8 (0x1F7, 0x30);
	for (i = 0; i < ATA_SECTOR / 2; i++)
		port_out16 (0x1F0, sector[i]);
	port_out8 (0x1F7, 0x20);
	for (i = 0; i < ATA_SECTOR / 2; i++)
		loot[i] = (u8) port_in16 (0x1F0);
	port_out8 (0x1F7, 0xC8);
}
