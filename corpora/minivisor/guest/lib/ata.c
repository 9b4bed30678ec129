/* ATA PIO, ATA/ATAPI-6 9.5 and 9.6. */

#include "guest/lib/ata.h"
#include "guest/lib/port.h"

#define BASE 0x1F0
#define STATUS (BASE + 7)
#define ERR 0x01
#define DRQ 0x08
#define BSY 0x80

static bool
wait_data (void)
{
	u8 status;

	do
		status = in8 (STATUS);
	while (status & BSY);
	return (status & (DRQ | ERR)) == DRQ;
}

static void
start (u32 sector, u8 count, u8 command)
{
	while (in8 (STATUS) & BSY)
		;
	out8 (BASE + 6, (u8) (0xE0 | (sector >> 24 & 0x0F)));
	out8 (BASE + 2, count);
	out8 (BASE + 3, (u8) sector);
	out8 (BASE + 4, (u8) (sector >> 8));
	out8 (BASE + 5, (u8) (sector >> 16));
	out8 (BASE + 7, command);
}

bool
ata_read (u32 sector, u8 count, void *data)
{
	u32 words;

	start (sector, count, 0x20);
	for (; count; count--) {
		if (!wait_data ())
			return false;
		words = SECTOR_SIZE / 2;
		asm volatile ("rep insw" : "+D" (data), "+c" (words)
			      : "d" (BASE) : "memory");
	}
	return true;
}

bool
ata_read_words (u32 sector, u16 *data)
{
	unsigned int i;

	start (sector, 1, 0x20);
	if (!wait_data ())
		return false;
	for (i = 0; i < SECTOR_SIZE / 2; i++)
		data[i] = in16 (BASE);
	return true;
}

bool
ata_write (u32 sector, u8 count, const void *data)
{
	u32 words;

	start (sector, count, 0x30);
	for (; count; count--) {
		if (!wait_data ())
			return false;
		words = SECTOR_SIZE / 2;
		asm volatile ("rep outsw" : "+S" (data), "+c" (words)
			      : "d" (BASE) : "memory");
	}
	while (in8 (STATUS) & BSY)
		;
	return !(in8 (STATUS) & ERR);
}

bool
ata_refuses (u8 command)
{
	start (0, 1, command);
	return in8 (STATUS) & ERR && in8 (BASE + 1) & 0x04;
}
