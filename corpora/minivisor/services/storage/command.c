/* SPDX-License-Identifier: MIT */
/*
 * ATA commands by what becomes of them. Commands that would move data another
 * way than sector by sector through the data port (DMA above all) are aborted,
 * so that no plaintext reaches the disk and no ciphertext the guest.
 */

#include "hv/refusal.h"
#include "services/storage/storage.h"

static const struct {
	u8 first, last;
	enum ata_mode mode;
	bool wide; /* 48-bit address */
} commands[] = {
	{ 0x00, 0x00, ATA_IDLE, false }, /* NOP */
	{ 0x10, 0x10, ATA_IDLE, false }, /* RECALIBRATE */
	{ 0x20, 0x21, ATA_READING, false }, /* READ SECTORS */
	{ 0x24, 0x24, ATA_READING, true }, /* READ SECTORS EXT */
	{ 0x27, 0x27, ATA_IDLE, true }, /* READ NATIVE MAX ADDRESS EXT */
	{ 0x30, 0x31, ATA_WRITING, false }, /* WRITE SECTORS */
	{ 0x34, 0x34, ATA_WRITING, true }, /* WRITE SECTORS EXT */
	{ 0x40, 0x41, ATA_IDLE, false }, /* READ VERIFY SECTORS */
	{ 0x42, 0x42, ATA_IDLE, true }, /* READ VERIFY SECTORS EXT */
	{ 0x70, 0x70, ATA_IDLE, false }, /* SEEK */
	{ 0x90, 0x91, ATA_IDLE, false }, /* DIAGNOSTIC, PARAMETERS */
	{ 0xE0, 0xE3, ATA_IDLE, false }, /* power management */
	{ 0xE5, 0xE7, ATA_IDLE, false }, /* the same, FLUSH CACHE */
	{ 0xEA, 0xEA, ATA_IDLE, true }, /* FLUSH CACHE EXT */
	{ 0xEC, 0xEC, ATA_PASSING, false }, /* IDENTIFY DEVICE */
	{ 0xEF, 0xEF, ATA_IDLE, false }, /* SET FEATURES */
	{ 0xF8, 0xF8, ATA_IDLE, false }, /* READ NATIVE MAX ADDRESS */
};

static void
start (struct ata_channel *c, bool wide)
{
	c->sector = (u64) c->lba2.now << 16 | (u64) c->lba1.now << 8 |
		c->lba0.now;
	c->left = c->count.now;
	if (wide) {
		c->sector |= (u64) c->lba2.before << 40 |
			(u64) c->lba1.before << 32 |
			(u64) c->lba0.before << 24;
		c->left |= (u32) c->count.before << 8;
	} else {
		c->sector |= (u64) (c->device & 0x0F) << 24;
	}
	if (!c->left) /* 0 stands for all that the register can hold and one */
		c->left = wide ? 65536 : 256;
	c->position = c->mode == ATA_READING ? SECTOR_SIZE : 0;
	sector_address (c, wide);
}

void
ata_command (struct ata_channel *c, struct io_access *access)
{
	u8 command = (u8) access->value;
	bool wide = false;
	unsigned int i;

	c->mode = ATA_ABORTED;
	for (i = 0; i < ARRAY_SIZE (commands); i++) {
		if (command >= commands[i].first &&
		    command <= commands[i].last) {
			c->mode = commands[i].mode;
			wide = commands[i].wide;
		}
	}
	if (c->mode == ATA_READING || c->mode == ATA_WRITING) {
		/* Cylinders and heads say no sector number; one disk only. */
		if (!(c->device & ATA_DEVICE_LBA) ||
		    c->device & ATA_DEVICE_SLAVE || c->held)
			c->mode = ATA_ABORTED;
		else
			start (c, wide);
	}
	if (c->mode == ATA_ABORTED)
		refusal_report ("ATA command", command);
	else
		ioport_pass (access);
}
