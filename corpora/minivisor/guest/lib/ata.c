/* SPDX-License-Identifier: MIT */
/* ATA by PIO, ATA/ATAPI-6 (T13/1410D) 9.5 and 9.6. */

#include "guest/lib/ata.h"
#include "guest/lib/port.h"

#define DATA 0x1F0
#define ERROR 0x1F1
#define COUNT 0x1F2
#define LBA0 0x1F3
#define LBA1 0x1F4
#define LBA2 0x1F5
#define DEVICE 0x1F6
#define COMMAND 0x1F7
#define ALTERNATE 0x3F6

#define STATUS_ERR 0x01
#define STATUS_DRQ 0x08
#define STATUS_BSY 0x80
#define ERROR_ABRT 0x04
#define DEVICE_LBA 0xE0
#define NO_INTERRUPTS 0x02
#define PATIENCE 1000000

static u8
settled (void)
{
	u32 i;

	for (i = 0; i < PATIENCE; i++)
		if (!(port_in8 (ALTERNATE) & STATUS_BSY))
			break;
	return port_in8 (COMMAND);
}

static bool
wants_data (void)
{
	u8 status = settled ();

	return !(status & (STATUS_BSY | STATUS_ERR)) && status & STATUS_DRQ;
}

static void
address (u32 sector, u32 count)
{
	port_out8 (ALTERNATE, NO_INTERRUPTS);
	port_out8 (DEVICE, (u8) (DEVICE_LBA | (sector >> 24 & 0x0F)));
	settled ();
	port_out8 (COUNT, (u8) count);
	port_out8 (LBA0, (u8) sector);
	port_out8 (LBA1, (u8) (sector >> 8));
	port_out8 (LBA2, (u8) (sector >> 16));
}

static void
take_sector (u16 *to, enum ata_way way)
{
	u32 i;

	switch (way) {
	case ATA_SINGLE:
		for (i = 0; i < ATA_SECTOR / 2; i++)
			to[i] = port_in16 (DATA);
		break;
	case ATA_STRING16:
		port_in16_string (DATA, to, ATA_SECTOR / 2);
		break;
	case ATA_STRING32:
		port_in32_string (DATA, to, ATA_SECTOR / 4);
		break;
	}
}

static bool
take_sectors (u32 count, void *to, enum ata_way way)
{
	u8 *at = to;

	for (; count; count--, at += ATA_SECTOR) {
		if (!wants_data ())
			return false;
		take_sector ((u16 *) (void *) at, way);
	}
	return !(settled () & (STATUS_ERR | STATUS_DRQ));
}

bool
ata_read (u32 sector, u32 count, void *to, enum ata_way way)
{
	address (sector, count);
	port_out8 (COMMAND, ATA_COMMAND_READ);
	return take_sectors (count, to, way);
}

bool
ata_read_ext (u32 sector, u32 count, void *to)
{
	address (sector >> 24, count >> 8); /* the upper halves first */
	address (sector & 0xFFFFFF, count);
	port_out8 (COMMAND, ATA_COMMAND_READ_EXT);
	return take_sectors (count, to, ATA_STRING16);
}

bool
ata_write (u32 sector, u32 count, const void *from)
{
	const u8 *at = from;

	address (sector, count);
	port_out8 (COMMAND, ATA_COMMAND_WRITE);
	for (; count; count--, at += ATA_SECTOR) {
		if (!wants_data ())
			return false;
		port_out16_string (DATA, at, ATA_SECTOR / 2);
	}
	return !(settled () & (STATUS_ERR | STATUS_DRQ));
}

bool
ata_identify (void *to)
{
	address (0, 0);
	port_out8 (COMMAND, ATA_COMMAND_IDENTIFY);
	return take_sectors (1, to, ATA_STRING16);
}

static bool
aborted (void)
{
	return settled () & STATUS_ERR && port_in8 (ERROR) & ERROR_ABRT;
}

bool
ata_aborts (u8 command)
{
	address (0, 1);
	port_out8 (COMMAND, command);
	return aborted ();
}

bool
ata_aborts_wide (u8 command)
{
	address (0, 1);
	port_out16 (DEVICE, (u16) (command << 8 | DEVICE_LBA));
	return aborted ();
}
