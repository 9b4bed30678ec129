/* SPDX-License-Identifier: MIT */
#ifndef SERVICES_STORAGE_STORAGE_H
#define SERVICES_STORAGE_STORAGE_H

#include "hv/ioport.h"
#include "lib/types.h"

/* ATA/ATAPI-6 (T13/1410D): the primary channel's ports and bits. */
#define ATA_DATA 0x1F0
#define ATA_ERROR 0x1F1
#define ATA_COUNT 0x1F2
#define ATA_LBA0 0x1F3
#define ATA_LBA1 0x1F4
#define ATA_LBA2 0x1F5
#define ATA_DEVICE 0x1F6
#define ATA_COMMAND 0x1F7 /* status when read */
#define ATA_CONTROL 0x3F6 /* alternate status when read */

#define ATA_STATUS_ERR 0x01
#define ATA_STATUS_DRQ 0x08
#define ATA_STATUS_DRDY 0x40
#define ATA_STATUS_BSY 0x80
#define ATA_ERROR_ABRT 0x04
#define ATA_DEVICE_LBA 0x40
#define ATA_DEVICE_SLAVE 0x10
#define ATA_CONTROL_RESET 0x04

#define SECTOR_SIZE 512

enum ata_mode {
	ATA_IDLE,
	ATA_READING,
	ATA_WRITING,
	ATA_PASSING, /* data that is no sector: IDENTIFY */
	ATA_ABORTED,
};

/* Registers of the command block are two deep for 48-bit addresses (6.20). */
struct ata_register {
	u8 now, before;
};

/* What is known of the channel. */
struct ata_channel {
	bool open; /* there is a key; before, nobody reaches the device */
	bool held; /* in reset, by the guest: it would be busy for good */
	enum ata_mode mode;
	struct ata_register count, lba0, lba1, lba2;
	u8 device;
	u64 sector; /* the next one to pass */
	u32 left; /* sectors of the command still to pass */
	u32 position; /* bytes of the staged sector given or taken */
	u8 data[SECTOR_SIZE]; /* the staged sector, plain */
};

/* command.c: a command's value, written by the guest. */
void ata_command (struct ata_channel *c, struct io_access *access);

/* data.c: the data port, and whether a staged sector awaits the guest. */
void ata_data (struct ata_channel *c, struct io_access *access);
bool ata_staged (const struct ata_channel *c);

/* crypt.c: sectors on their way through. */
void crypt_init (void);
void crypt_from_disk (u64 sector, u8 *data);
void crypt_to_disk (u64 sector, u8 *data);

/*
 * transfer.c: the device's registers as the guest wrote them, whatever a reset
 * or a command has made of them; whole sectors, -EIO when the device wants none.
 */
void sector_address (const struct ata_channel *c, bool wide);
int sector_from_device (u8 *data);
int sector_to_device (const u8 *data);

#endif
