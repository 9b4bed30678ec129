/* SPDX-License-Identifier: MIT */
/* The console: the first serial port, 16550 compatible, 115200 8n1, polled. */

#include "hv/console.h"
#include "lib/port.h"
#include "lib/format.h"

#define COM1 0x3F8
#define DATA (COM1 + 0)
#define INTERRUPTS (COM1 + 1)
#define FIFO (COM1 + 2)
#define LINE (COM1 + 3)
#define MODEM (COM1 + 4)
#define STATUS (COM1 + 5)
#define SCRATCH (COM1 + 7)

#define STATUS_RECEIVED 0x01
#define STATUS_SENDABLE 0x20
#define STATUS_SENT 0x40 /* to the last bit */
#define PATIENCE 100000

/* Also makes the port anew after a guest: what it stores is dropped. */
void
console_init (void)
{
	unsigned int i;

	for (i = 0; i < PATIENCE && !(port_in8 (STATUS) & STATUS_SENT); i++)
		;
	port_out8 (LINE, 0x03); /* INTERRUPTS is no divisor */
	port_out8 (INTERRUPTS, 0);
	port_out8 (LINE, 0x80); /* divisor latch */
	port_out8 (DATA, 1);
	port_out8 (INTERRUPTS, 0);
	port_out8 (LINE, 0x03);
	port_out8 (FIFO, 0x07); /* on, and both emptied */
	port_out8 (MODEM, 0x03);
	port_out8 (SCRATCH, 0);
}

void
console_putc (char c)
{
	if (c == '\n')
		console_putc ('\r');
	while (!(port_in8 (STATUS) & STATUS_SENDABLE))
		;
	port_out8 (DATA, (u8) c);
}

int
console_getc (void)
{
	while (!(port_in8 (STATUS) & STATUS_RECEIVED))
		asm volatile ("pause");
	return port_in8 (DATA);
}

int
console_getline (char *line, size_t size, bool echo)
{
	size_t length = 0;
	int c;

	for (;;) {
		c = console_getc ();
		if (c == '\r' || c == '\n')
			break;
		if ((c == '\b' || c == 0x7F) && length) {
			length--;
		} else if (c >= ' ' && length + 1 < size) {
			line[length++] = (char) c;
			console_putc (echo ? (char) c : '*');
		}
	}
	line[length] = '\0';
	console_putc ('\n');
	return (int) length;
}

int
printf (const char *text, ...)
{
	va_list arguments;

	va_start (arguments, text);
	format (console_putc, text, arguments);
	va_end (arguments);
	return 0;
}
