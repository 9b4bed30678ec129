/* The image for multiboot: the first serial port, input in the program itself. */

#include "platform.h"

static tcbsplit_u8
in8 (unsigned int port)
{
	tcbsplit_u8 value;

	asm volatile ("inb %w1, %b0" : "=a" (value) : "d" (port));
	return value;
}

int
tcbsplit_platform_init (const void *boot_info)
{
	return boot_info ? 0 : -1;
}

void
tcbsplit_platform_put (char c)
{
	asm volatile ("outb %b0, %w1" : : "a" (c), "d" (0x3F8));
}

char
tcbsplit_platform_get (void)
{
	while (!(in8 (0x3FD) & 1))
		;
	return (char) in8 (0x3F8);
}

long
tcbsplit_platform_input (void *to, unsigned long most)
{
	*(char *) to = '7';
	return most ? 1 : -1;
}

void
tcbsplit_platform_end (int status)
{
	/* isa-debug-exit: QEMU ends with 2 * value + 1 */
	asm volatile ("outl %0, %w1" : : "a" (status ? 2 : 16), "d" (0xF4));
	for (;;)
		asm volatile ("hlt");
}
