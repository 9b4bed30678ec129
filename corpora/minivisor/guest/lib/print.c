/* SPDX-License-Identifier: MIT */
/* Text on the first serial port, polled; the hypervisor has set it up. */

#include "guest/lib/print.h"
#include "guest/lib/port.h"

#define COM1 0x3F8
#define LINE_STATUS (COM1 + 5)
#define SENDABLE 0x20

static void
put (char c)
{
	if (c == '\n')
		put ('\r');
	while (!(port_in8 (LINE_STATUS) & SENDABLE))
		;
	port_out8 (COM1, (u8) c);
}

static void
put_string (const char *s)
{
	while (*s)
		put (*s++);
}

static void
put_number (u32 value, u32 base)
{
	char digits[12];
	int length = 0;

	do {
		digits[length++] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	while (length)
		put (digits[--length]);
}

static void
put_signed (s32 value)
{
	if (value < 0)
		put ('-');
	put_number (value < 0 ? -(u32) value : (u32) value, 10);
}

void
print (const char *text, ...)
{
	va_list arguments;

	va_start (arguments, text);
	for (; *text; text++) {
		if (*text != '%') {
			put (*text);
			continue;
		}
		switch (*++text) {
		case 's':
			put_string (va_arg (arguments, const char *));
			break;
		case 'd':
			put_signed (va_arg (arguments, s32));
			break;
		case 'u':
			put_number (va_arg (arguments, u32), 10);
			break;
		case 'x':
			put_number (va_arg (arguments, u32), 16);
			break;
		default:
			put (*text);
		}
	}
	va_end (arguments);
}

void
print_bytes (const u8 *bytes, size_t length)
{
	for (; length; length--, bytes++) {
		put_number (*bytes >> 4, 16);
		put_number (*bytes & 15, 16);
	}
}
