/* The end, wanted or not. */

#include "hv/panic.h"
#include "hv/console.h"
#include "hv/port.h"
#include "lib/format.h"

#define EXIT_PORT 0xF4 /* QEMU's isa-debug-exit */

void
machine_stop (unsigned char status)
{
	port_out8 (EXIT_PORT, status);
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
