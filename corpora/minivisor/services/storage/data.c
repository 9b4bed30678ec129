/* SPDX-License-Identifier: MIT */
/*
 * The data port: sectors are staged whole, since a sector can be decrypted or
 * encrypted only as a whole, and given to or taken from the guest in pieces.
 */

#include "lib/string.h"
#include "services/storage/storage.h"

/* A failing device ends the command; the guest sees it in the status. */
static void
fail (struct ata_channel *c)
{
	memset (c->data, 0, SECTOR_SIZE);
	c->mode = ATA_IDLE;
}

/* The next byte to the guest; a new sector is fetched when one is used up. */
static u8
give (struct ata_channel *c)
{
	u8 byte;

	if (c->mode != ATA_READING)
		return 0;
	if (c->position == SECTOR_SIZE) {
		if (sector_from_device (c->data)) {
			fail (c);
			return 0;
		}
		crypt_from_disk (c->sector++, c->data);
		c->left--;
		c->position = 0;
	}
	byte = c->data[c->position++];
	if (c->position == SECTOR_SIZE && !c->left)
		c->mode = ATA_IDLE;
	return byte;
}

/* The next byte from the guest; a full sector goes to the device. */
static void
take (struct ata_channel *c, u8 byte)
{
	if (c->mode != ATA_WRITING)
		return;
	c->data[c->position++] = byte;
	if (c->position < SECTOR_SIZE)
		return;
	crypt_to_disk (c->sector++, c->data);
	if (sector_to_device (c->data)) {
		fail (c);
		return;
	}
	c->position = 0;
	if (!--c->left)
		c->mode = ATA_IDLE;
}

void
ata_data (struct ata_channel *c, struct io_access *access)
{
	unsigned int i;

	if (c->mode == ATA_PASSING && access->in) {
		ioport_pass (access);
	} else if (access->in) {
		access->value = 0;
		for (i = 0; i < access->size; i++)
			access->value |= (u32) give (c) << 8 * i;
	} else {
		for (i = 0; i < access->size; i++)
			take (c, (u8) (access->value >> 8 * i));
	}
}

bool
ata_staged (const struct ata_channel *c)
{
	return c->mode == ATA_READING && c->position < SECTOR_SIZE;
}
