/* SPDX-License-Identifier: MIT */
/*
 * promise: a port is not read for a page that cannot be written: the sector
 *   is whole when the guest asks again
 * where: target
 * silent: the guest gets its own #PF
 */

#include "hostile.h"
#include "small.h"

static void
input (void *to)
{
	u32 count = ATA_SECTOR / 2;

	asm volatile ("rep insw" : "+D" (to), "+c" (count) : "d" (0x1F0)
				: "memory");
}

ATTACK (ins_write_protected)
{
	static u8 sector[2 * PAGE] __attribute__ ((aligned (4096)));
	u32 page = address_of (sector) / PAGE, i;

	if (!ata_read (7, 1, loot, ATA_STRING16))
		return;
	port_out8 (0x1F2, 1);
	port_out8 (0x1F3, 7);
	port_out8 (0x1F4, 0);
	port_out8 (0x1F5, 0);
	port_out8 (0x1F6, 0xE0);
	port_out8 (0x1F7, 0x20);
	for (i = 0; i < 100000 && port_in8 (0x3F6) & 0x80; i++)
		;
	paging_small_on ();
	paging_small_protect (page);
	exception_try (input, sector);
	exception_try (input, sector);
	paging_small_off ();
	input (sector);
	/* The judge reads the decoy: any difference is a broken promise. */
	for (i = 0; i < ATA_SECTOR; i++)
		decoy[i] ^= sector[i] ^ loot[i];
}
