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

/* crypt.c: sectors on their way through. */
void crypt_init (void);
void crypt_from_disk (u64 sector, u8 *data);
void crypt_to_disk (u64 sector, u8 *data);

/* transfer.c: whole sectors between a buffer and the device. */
void sector_from_device (u8 *data);
void sector_to_device (const u8 *data);

#endif
