/* SPDX-License-Identifier: MIT */
/* Whole sectors between a buffer and the device, by PIO. */

#include "lib/port.h"
#include "lib/errno.h"
#include "services/storage/storage.h"

/* ATA/ATAPI-6 6.20: what was written before comes first. */
void
sector_address (const struct ata_channel *c, bool wide)
{
	port_out8 (ATA_DEVICE, c->device);
	if (wide) {
		port_out8 (ATA_COUNT, c->count.before);
		port_out8 (ATA_LBA0, c->lba0.before);
		port_out8 (ATA_LBA1, c->lba1.before);
		port_out8 (ATA_LBA2, c->lba2.before);
	}
	port_out8 (ATA_COUNT, c->count.now);
	port_out8 (ATA_LBA0, c->lba0.now);
	port_out8 (ATA_LBA1, c->lba1.now);
	port_out8 (ATA_LBA2, c->lba2.now);
}

/* ATA/ATAPI-6 9.5: the device asks for data when not busy and DRQ. */
static bool
data_requested (void)
{
	u8 status;

	do
		status = port_in8 (ATA_CONTROL);
	while (status & ATA_STATUS_BSY);
	return status & ATA_STATUS_DRQ;
}

int
sector_from_device (u8 *data)
{
	unsigned int i;
	u16 word;

	if (!data_requested ())
		return -EIO;
	for (i = 0; i < SECTOR_SIZE; i += 2) {
		word = port_in16 (ATA_DATA);
		data[i] = (u8) word;
		data[i + 1] = (u8) (word >> 8);
	}
	return 0;
}

int
sector_to_device (const u8 *data)
{
	unsigned int i;

	if (!data_requested ())
		return -EIO;
	for (i = 0; i < SECTOR_SIZE; i += 2)
		port_out16 (ATA_DATA, (u16) (data[i] | data[i + 1] << 8));
	return 0;
}
