/* SPDX-License-Identifier: MIT */
/* Sectors of the encrypted disk, in every way that a driver may read them. */

#include "guest/lib/ata.h"
#include "guest/lib/digest.h"
#include "guest/lib/paging.h"
#include "guest/lib/print.h"
#include "guest/lib/report.h"
#include "guest/target/target.h"
#include "lib/string.h"

#define KNOWN 7 /* the sector that all ways of reading must agree on */
#define WRITTEN 1000 /* two sectors that are overwritten */
#define COMMAND_READ_MULTIPLE 0xC4

static const u32 listed[] = { 0, 1, KNOWN, 63, 1500 };

static u8 known[ATA_SECTOR];
static u8 many[256 * ATA_SECTOR];

static void
list_sectors (void)
{
	u8 sector[ATA_SECTOR], result[DIGEST_SIZE];
	bool ok = true;
	u32 i;

	for (i = 0; i < ARRAY_SIZE (listed); i++) {
		if (!ata_read (listed[i], 1, sector, ATA_STRING16)) {
			ok = false;
			continue;
		}
		if (listed[i] == KNOWN)
			memcpy (known, sector, ATA_SECTOR);
		digest (sector, ATA_SECTOR, result);
		print ("target: sector %u sha256 ", listed[i]);
		print_bytes (result, DIGEST_SIZE);
		print ("\n");
	}
	report ("sectors are readable", ok);
}

/* Read `count` sectors, among them the known one at `index`. */
static void
compare_way (const char *name, u32 count, u32 index, enum ata_way way)
{
	memset (many, 0, sizeof many);
	report (name, ata_read (KNOWN - index, count, many, way) &&
		!memcmp (many + index * ATA_SECTOR, known, ATA_SECTOR));
}

static void
test_read (void)
{
	u16 identity[ATA_SECTOR / 2];

	/* Word 49, bit 9: LBA; it always is. */
	report ("IDENTIFY passes", ata_identify (identity) &&
		identity[49] & 1 << 9);
	compare_way ("single inputs", 1, 0, ATA_SINGLE);
	compare_way ("32-bit string input", 1, 0, ATA_STRING32);
	compare_way ("several sectors", 4, 3, ATA_STRING16);
	compare_way ("several sectors by single inputs", 3, 1, ATA_SINGLE);
	compare_way ("256 sectors", 256, KNOWN, ATA_STRING32);
	memset (many, 0, sizeof many);
	report ("48-bit address", ata_read_ext (KNOWN - 1, 2, many) &&
		!memcmp (many + ATA_SECTOR, known, ATA_SECTOR));
}

/* The same memory by another linear address, across a page boundary. */
static void
test_paged_read (void)
{
	static u8 buffer[2 * 4096] __attribute__ ((aligned (4096)));
	u8 *there = buffer + 4096 - 101;
	void *alias = (void *) ((uintptr_t) there + PAGING_ALIAS);
	bool ok;

	paging_on ();
	ok = ata_read (KNOWN, 1, alias, ATA_STRING16);
	paging_off ();
	report ("string input with paging", ok &&
		!memcmp (there, known, ATA_SECTOR));
}

static void
test_write (void)
{
	static u8 pattern[2 * ATA_SECTOR];
	u32 i;

	for (i = 0; i < sizeof pattern; i++)
		pattern[i] = (u8) (i * 7 + i / ATA_SECTOR);
	memset (many, 0, sizeof many);
	report ("written sectors read back",
		ata_write (WRITTEN, 2, pattern) &&
		ata_read (WRITTEN, 2, many, ATA_STRING16) &&
		!memcmp (many, pattern, sizeof pattern));
}

/* Other ways for data, which would come encrypted. */
static void
test_refused (void)
{
	report ("DMA refused", ata_aborts (ATA_COMMAND_READ_DMA));
	report ("READ MULTIPLE refused", ata_aborts (COMMAND_READ_MULTIPLE));
	/* In between: a refusal must not be the one before, seen again. */
	compare_way ("a read after refusals", 1, 0, ATA_STRING16);
	report ("DMA refused by a wide write",
		ata_aborts_wide (ATA_COMMAND_READ_DMA));
	compare_way ("a read after a wide refusal", 1, 0, ATA_STRING16);
}

void
test_disk (void)
{
	list_sectors ();
	test_read ();
	test_paged_read ();
	test_write ();
	test_refused ();
}
