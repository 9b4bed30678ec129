/* The guest's console: the first serial port, set up by whoever was before. */

#include "guest/lib/console.h"
#include "guest/lib/port.h"

#define COM1 0x3F8

static void
print_char (char c)
{
	if (c == '\n')
		print_char ('\r');
	while (!(in8 (COM1 + 5) & 0x20))
		;
	out8 (COM1, (u8) c);
}

void
print (const char *text)
{
	for (; *text; text++)
		print_char (*text);
}

void
print_number (u32 number)
{
	if (number >= 10)
		print_number (number / 10);
	print_char ((char) ('0' + number % 10));
}

void
print_hex (const u8 *bytes, unsigned int length)
{
	static const char digits[] = "0123456789abcdef";

	for (; length; length--, bytes++) {
		print_char (digits[*bytes >> 4]);
		print_char (digits[*bytes & 15]);
	}
}
