/* SPDX-License-Identifier: MIT */
/*
 * I/O ports that do not go to the hardware as they are: those that reset the
 * machine or bend its addresses behind the hypervisor's back, and QEMU's
 * configuration device, which writes to any memory. All others pass.
 */

#include "hv/ioport.h"
#include "hv/unit.h"

#define CONFIG_ADDRESS 0xCF8 /* PCI; one access of four bytes */
#define RESET_CONTROL 0xCF9 /* shares its ports, as a byte */
#define SYSTEM_CONTROL 0x92
#define KEYBOARD_DATA 0x60
#define KEYBOARD_COMMAND 0x64
#define FW_CFG_DMA 0x514

#define FAST_RESET 0x01 /* of SYSTEM_CONTROL */
#define FAST_A20 0x02

/* The 8042 keyboard controller's commands, and bits of its output port. */
#define WRITE_OUTPUT 0xD1
#define DISABLE_A20 0xDD
#define PULSE_OUTPUT 0xF0 /* and above */
#define OUTPUT_NO_RESET 0x01
#define OUTPUT_A20 0x02

static bool output_follows; /* the next data byte is for the output port */

static void
refuse (struct io_access *access, void *opaque)
{
	(void) opaque;
	if (access->in)
		access->value = 0xFFFFFFFF;
}

static void
guard_reset_control (struct io_access *access, void *opaque)
{
	u32 end = access->port + access->size;

	if ((access->port == CONFIG_ADDRESS && access->size == 4) ||
	    end <= RESET_CONTROL || access->port > RESET_CONTROL)
		ioport_pass (access);
	else
		refuse (access, opaque);
}

static void
guard_system_control (struct io_access *access, void *opaque)
{
	(void) opaque;
	if (!access->in)
		access->value = (access->value & ~(u32) FAST_RESET) | FAST_A20;
	ioport_pass (access);
}

static void
guard_keyboard_data (struct io_access *access, void *opaque)
{
	(void) opaque;
	if (!access->in && output_follows) {
		access->value |= OUTPUT_NO_RESET | OUTPUT_A20;
		output_follows = false;
	}
	ioport_pass (access);
}

static void
guard_keyboard_command (struct io_access *access, void *opaque)
{
	u8 command = (u8) access->value;

	if (!access->in) {
		output_follows = command == WRITE_OUTPUT;
		if (command == DISABLE_A20 || command >= PULSE_OUTPUT) {
			refuse (access, opaque);
			return;
		}
	}
	ioport_pass (access);
}

static const struct {
	u16 first, last;
	ioport_handler handler;
} policies[] = {
	{ KEYBOARD_DATA, KEYBOARD_DATA, guard_keyboard_data },
	{ KEYBOARD_COMMAND, KEYBOARD_COMMAND, guard_keyboard_command },
	{ SYSTEM_CONTROL, SYSTEM_CONTROL, guard_system_control },
	{ FW_CFG_DMA, FW_CFG_DMA + 7, refuse },
	{ CONFIG_ADDRESS, CONFIG_ADDRESS + 3, guard_reset_control },
};

static int
pass_port_init (void)
{
	unsigned int i;
	int error = 0;

	for (i = 0; i < ARRAY_SIZE (policies) && !error; i++)
		error = ioport_register (policies[i].first, policies[i].last,
					 policies[i].handler, NULL);
	return error;
}

UNIT ("pass3", pass_port_init);
