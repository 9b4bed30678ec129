#ifndef GUEST_ATA_H
#define GUEST_ATA_H

#include "guest/lib/types.h"

#define SECTOR_SIZE 512

/* PIO on the primary channel's first device; false on an error. */
bool ata_read (u32 sector, u8 count, void *data);
bool ata_write (u32 sector, u8 count, const void *data);

/* One word at a time instead of a string instruction. */
bool ata_read_words (u32 sector, u16 *data);

/* Give a command and say whether the device refused it. */
bool ata_refuses (u8 command);

#endif
