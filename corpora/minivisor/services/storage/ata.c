/* SPDX-License-Identifier: MIT */
/*
 * Para-passthrough of the primary ATA channel: the guest drives the device
 * itself; only sector data stops here, to be decrypted or encrypted.
 */

#include "hv/config.h"
#include "hv/console.h"
#include "hv/unit.h"
#include "lib/errno.h"
#include "services/storage/storage.h"

static struct ata_channel primary;

static void
read_status (struct ata_channel *c, struct io_access *access)
{
	if (c->mode == ATA_ABORTED) {
		access->value = ATA_STATUS_DRDY | ATA_STATUS_ERR;
		return;
	}
	ioport_pass (access);
	/* The device may be ahead: the guest's sector is still here. */
	if (ata_staged (c))
		access->value = (access->value & ~(u32) ATA_STATUS_BSY) |
			ATA_STATUS_DRDY | ATA_STATUS_DRQ;
}

static void
remember (struct ata_register *r, u8 value)
{
	r->before = r->now;
	r->now = value;
}

static void
write_register (struct ata_channel *c, struct io_access *access)
{
	u8 value = (u8) access->value;

	switch (access->port) {
	case ATA_COUNT:
		remember (&c->count, value);
		break;
	case ATA_LBA0:
		remember (&c->lba0, value);
		break;
	case ATA_LBA1:
		remember (&c->lba1, value);
		break;
	case ATA_LBA2:
		remember (&c->lba2, value);
		break;
	case ATA_DEVICE:
		c->device = value;
		break;
	case ATA_COMMAND:
		ata_command (c, access);
		return;
	}
	ioport_pass (access);
}

static void
read_register (struct ata_channel *c, struct io_access *access)
{
	if (access->port == ATA_COMMAND)
		read_status (c, access);
	else if (access->port == ATA_ERROR && c->mode == ATA_ABORTED)
		access->value = ATA_ERROR_ABRT;
	else
		ioport_pass (access);
}

/* Only the data register is wider than a byte. */
static void
handle_registers (struct io_access *access, void *opaque)
{
	struct ata_channel *c = opaque;

	if (!c->open)
		ioport_refuse (access);
	else if (access->port == ATA_DATA)
		ata_data (opaque, access);
	else if (access->size > 1)
		ioport_split (access, ioport_dispatch);
	else if (access->in)
		read_register (opaque, access);
	else
		write_register (opaque, access);
}

static void
handle_control (struct io_access *access, void *opaque)
{
	struct ata_channel *c = opaque;

	if (!c->open) {
		ioport_refuse (access);
		return;
	}
	if (access->in) {
		read_status (c, access);
		return;
	}
	c->held = access->value & ATA_CONTROL_RESET;
	if (c->held)
		c->mode = ATA_IDLE;
	ioport_pass (access);
}

/* Before any guest runs. The second channel's ports nobody allows. */
static int
storage_guard (void)
{
	int error;

	error = ioport_register (ATA_DATA, ATA_COMMAND, handle_registers,
				 &primary);
	if (!error)
		error = ioport_register (ATA_CONTROL, ATA_CONTROL,
					 handle_control, &primary);
	return error;
}

static int
storage_open (void)
{
	/* Without a configuration nothing says what is encrypted. */
	if (!config.loaded)
		return -ENOENT;
	crypt_init ();
	primary.open = true;
	printf ("storage: first ATA channel open, encrypted\n");
	return 0;
}

UNIT ("guard3", storage_guard);
UNIT ("driver2", storage_open);
