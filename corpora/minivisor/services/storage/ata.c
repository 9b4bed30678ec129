/*
 * Para-passthrough of the primary ATA channel: the guest drives the device
 * itself; only sector data stops here, to be decrypted or encrypted. Commands
 * that would move data another way (DMA above all) are aborted, so that no
 * plaintext reaches the disk and no ciphertext the guest.
 */

#include "hv/console.h"
#include "hv/unit.h"
#include "lib/string.h"
#include "services/storage/storage.h"

enum mode {
	IDLE,
	READING,
	WRITING,
	PASSING, /* data that is no sector: IDENTIFY */
	ABORTED,
};

static struct {
	enum mode mode;
	u8 count, lba0, lba1, lba2, device;
	u64 sector;
	u32 left; /* sectors of the command still to come */
	u32 position; /* bytes of the sector already given or taken */
	u8 data[SECTOR_SIZE];
} ata;

/* Commands without sector data that may pass. */
static const u8 harmless[] = {
	0x00, /* NOP */
	0x10, /* RECALIBRATE */
	0x40, /* READ VERIFY SECTORS */
	0x91, /* INITIALIZE DEVICE PARAMETERS */
	0xE0, 0xE1, 0xE2, 0xE3, 0xE5, 0xE6, /* power management */
	0xE7, /* FLUSH CACHE */
	0xEF, /* SET FEATURES */
};

static void
start (enum mode mode)
{
	ata.sector = (u64) (ata.device & 0x0F) << 24 | (u64) ata.lba2 << 16 |
		(u64) ata.lba1 << 8 | ata.lba0;
	ata.left = ata.count ? ata.count : 256;
	ata.position = mode == READING ? SECTOR_SIZE : 0;
	ata.mode = mode;
}

static bool
is_harmless (u8 command)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE (harmless); i++)
		if (harmless[i] == command)
			return true;
	return false;
}

static enum mode
mode_of (u8 command)
{
	switch (command) {
	case 0x20: /* READ SECTORS */
	case 0x21:
		return READING;
	case 0x30: /* WRITE SECTORS */
	case 0x31:
		return WRITING;
	case 0xEC: /* IDENTIFY DEVICE */
		return PASSING;
	default:
		return is_harmless (command) ? IDLE : ABORTED;
	}
}

static void
command (struct io_access *access)
{
	enum mode mode = mode_of ((u8) access->value);
	bool sectors = mode == READING || mode == WRITING;

	if (sectors && !(ata.device & ATA_DEVICE_LBA))
		mode = ABORTED; /* cylinders and heads say no sector number */
	ata.mode = mode;
	if (mode == ABORTED) {
		printf ("storage: command %x refused\n", access->value & 0xFF);
		return;
	}
	if (sectors)
		start (mode);
	ioport_pass (access);
}

/* The next byte to the guest; a new sector is fetched when one is used up. */
static u8
give (void)
{
	if (ata.position == SECTOR_SIZE) {
		sector_from_device (ata.data);
		crypt_from_disk (ata.sector, ata.data);
		ata.position = 0;
	}
	return ata.data[ata.position++];
}

static void
take (u8 byte)
{
	ata.data[ata.position++] = byte;
	if (ata.position < SECTOR_SIZE)
		return;
	crypt_to_disk (ata.sector, ata.data);
	sector_to_device (ata.data);
	ata.position = 0;
	ata.sector++;
	if (!--ata.left)
		ata.mode = IDLE;
}

static void
data (struct io_access *access)
{
	unsigned int i;

	if (ata.mode == READING && access->in) {
		access->value = 0;
		for (i = 0; i < access->size; i++)
			access->value |= (u32) give () << 8 * i;
		if (ata.position == SECTOR_SIZE) {
			ata.sector++;
			if (!--ata.left)
				ata.mode = IDLE;
		}
	} else if (ata.mode == WRITING && !access->in) {
		for (i = 0; i < access->size; i++)
			take ((u8) (access->value >> 8 * i));
	} else if (ata.mode == PASSING && access->in) {
		ioport_pass (access);
	} else if (access->in) {
		access->value = 0;
	}
}

static void
status (struct io_access *access)
{
	if (ata.mode == ABORTED) {
		access->value = ATA_STATUS_DRDY | ATA_STATUS_ERR;
		return;
	}
	ioport_pass (access);
	/* A sector that is here but not yet taken by the guest. */
	if (ata.mode == READING && ata.position < SECTOR_SIZE)
		access->value = (access->value & ~(u32) ATA_STATUS_BSY) |
			ATA_STATUS_DRDY | ATA_STATUS_DRQ;
}

static void
remember (struct io_access *access)
{
	u8 value = (u8) access->value;

	switch (access->port) {
	case ATA_COUNT:
		ata.count = value;
		break;
	case ATA_LBA0:
		ata.lba0 = value;
		break;
	case ATA_LBA1:
		ata.lba1 = value;
		break;
	case ATA_LBA2:
		ata.lba2 = value;
		break;
	case ATA_DEVICE:
		ata.device = value;
		break;
	}
	ioport_pass (access);
}

static void
handle_command_block (struct io_access *access, void *opaque)
{
	(void) opaque;
	if (access->port == ATA_DATA)
		data (access);
	else if (access->port == ATA_COMMAND && access->in)
		status (access);
	else if (access->port == ATA_COMMAND)
		command (access);
	else if (!access->in)
		remember (access);
	else if (access->port == ATA_ERROR && ata.mode == ABORTED)
		access->value = ATA_ERROR_ABRT;
	else
		ioport_pass (access);
}

static void
handle_control_block (struct io_access *access, void *opaque)
{
	(void) opaque;
	if (access->in) {
		status (access);
		return;
	}
	if (access->value & ATA_CONTROL_RESET)
		ata.mode = IDLE;
	ioport_pass (access);
}

static int
storage_init (void)
{
	int error;

	crypt_init ();
	error = ioport_register (ATA_DATA, ATA_COMMAND, handle_command_block,
				 NULL);
	if (!error)
		error = ioport_register (ATA_CONTROL, ATA_CONTROL,
					 handle_control_block, NULL);
	if (!error)
		printf ("storage: first ATA channel guarded\n");
	return error;
}

UNIT ("driver2", storage_init);
