/* SPDX-License-Identifier: MIT */
#ifndef GUEST_LIB_ATA_H
#define GUEST_LIB_ATA_H

#include "lib/types.h"

#define ATA_SECTOR 512

#define ATA_COMMAND_READ 0x20
#define ATA_COMMAND_READ_EXT 0x24
#define ATA_COMMAND_WRITE 0x30
#define ATA_COMMAND_READ_DMA 0xC8
#define ATA_COMMAND_IDENTIFY 0xEC

/* How data moves through the data port. */
enum ata_way {
	ATA_SINGLE, /* one IN a word */
	ATA_STRING16, /* REP INSW, OUTSW */
	ATA_STRING32, /* REP INSL */
};

/* Sectors by PIO on the primary master; count 256 at most. False: error. */
bool ata_read (u32 sector, u32 count, void *to, enum ata_way way);
bool ata_read_ext (u32 sector, u32 count, void *to);
bool ata_write (u32 sector, u32 count, const void *from);
bool ata_identify (void *to);

/* Issue a command and tell whether the device aborted it. */
bool ata_aborts (u8 command);

/* The same, by one wide write that covers the device and command registers. */
bool ata_aborts_wide (u8 command);

#endif
