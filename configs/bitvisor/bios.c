/* SPDX-License-Identifier: MIT */
/*
 * The guest as BitVisor's first multiboot module: entered in 32-bit mode with
 * parameters as for a Linux kernel; the second module, for Linux the initial RAM
 * disk, is the input. The console is the first serial port.
 */

#include "platform.h"

#define EFBIG 27
#define ENOENT 2

#define COM1 0x3F8
#define COM1_LINE_STATUS (COM1 + 5)
#define LINE_RECEIVED 0x01
#define LINE_CAN_SEND 0x20

/* Where Linux's boot protocol has the initial RAM disk ("zero page"). */
#define PARAMETERS_RAMDISK 0x218
#define PARAMETERS_RAMDISK_SIZE 0x21C

static const tcbsplit_u8 *parameters;

int
tcbsplit_platform_init (const void *boot_info)
{
	parameters = boot_info;
	return 0;
}

/* --- console: polled, no interrupts (16550, National Semiconductor) -------- */

static tcbsplit_u8
in8 (unsigned int port)
{
	tcbsplit_u8 value;

	asm volatile ("inb %w1, %b0" : "=a" (value) : "d" (port));
	return value;
}

void
tcbsplit_platform_put (char c)
{
	while (!(in8 (COM1_LINE_STATUS) & LINE_CAN_SEND))
		;
	asm volatile ("outb %b0, %w1" : : "a" (c), "d" (COM1));
}

char
tcbsplit_platform_get (void)
{
	while (!(in8 (COM1_LINE_STATUS) & LINE_RECEIVED))
		;
	return (char) in8 (COM1);
}

/* --- input ------------------------------------------------------------------ */

static tcbsplit_u32
parameter (unsigned int offset)
{
	const tcbsplit_u32 *at = (const void *) (parameters + offset);

	return *at;
}

long
tcbsplit_platform_input (void *to, unsigned long most)
{
	const tcbsplit_u8 *from;
	unsigned long i, size;
	tcbsplit_u8 *out = to;

	from = (const void *) (unsigned long) parameter (PARAMETERS_RAMDISK);
	size = parameter (PARAMETERS_RAMDISK_SIZE);
	if (!from)
		return -ENOENT;
	if (size > most)
		return -EFBIG;
	for (i = 0; i < size; i++)
		out[i] = from[i];
	return (long) size;
}

void
tcbsplit_platform_end (int status)
{
	(void) status;
	for (;;)
		asm volatile ("cli; hlt");
}
