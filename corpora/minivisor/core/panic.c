/* SPDX-License-Identifier: MIT */
/* The end, wanted or not. */

#include "hv/panic.h"
#include "abi/machine_end.h"
#include "hv/console.h"
#include "lib/port.h"
#include "lib/format.h"

void
machine_stop (unsigned char status)
{
	const char *text = SHUTDOWN_TEXT;

	port_out8 (EXIT_PORT, status);
	while (*text)
		port_out8 (SHUTDOWN_PORT, (u8) *text++);
	for (;;)
		asm volatile ("cli; hlt");
}

void
panic (const char *text, ...)
{
	va_list arguments;

	printf ("minivisor: panic: ");
	va_start (arguments, text);
	format (console_putc, text, arguments);
	va_end (arguments);
	printf ("\n");
	machine_stop (MACHINE_PANIC);
}
