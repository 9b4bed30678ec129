/* SPDX-License-Identifier: MIT */
/* Text formatting without a buffer. */

#include "lib/format.h"

struct spec {
	int width;
	char pad;
	int longs;
};

static void
put_number (void (*put) (char c), const struct spec *spec, u64 value,
	    unsigned int base, bool negative)
{
	static const char digits[] = "0123456789abcdef";
	char text[24];
	int length = 0, i;

	do {
		text[length++] = digits[value % base];
		value /= base;
	} while (value);
	if (negative)
		text[length++] = '-';
	for (i = length; i < spec->width; i++)
		put (spec->pad);
	while (length)
		put (text[--length]);
}

static void
put_string (void (*put) (char c), const struct spec *spec, const char *s)
{
	int length = 0;

	for (s = s ? s : "(null)"; *s; s++, length++)
		put (*s);
	for (; length < spec->width; length++)
		put (' ');
}

static u64
unsigned_argument (const struct spec *spec, va_list *arguments)
{
	return spec->longs ? va_arg (*arguments, unsigned long) :
		va_arg (*arguments, unsigned int);
}

static void
put_signed (void (*put) (char c), const struct spec *spec, va_list *arguments)
{
	s64 value = spec->longs ? va_arg (*arguments, long) :
		va_arg (*arguments, int);

	put_number (put, spec, value < 0 ? -(u64) value : (u64) value, 10,
		    value < 0);
}

static void
put_argument (void (*put) (char c), char kind, const struct spec *spec,
	      va_list *arguments)
{
	switch (kind) {
	case 'c':
		put ((char) va_arg (*arguments, int));
		break;
	case 's':
		put_string (put, spec, va_arg (*arguments, const char *));
		break;
	case 'd':
		put_signed (put, spec, arguments);
		break;
	case 'u':
		put_number (put, spec, unsigned_argument (spec, arguments),
			    10, false);
		break;
	case 'x':
		put_number (put, spec, unsigned_argument (spec, arguments),
			    16, false);
		break;
	case 'p':
		put_number (put, spec, (u64) (uintptr_t)
			    va_arg (*arguments, void *), 16, false);
		break;
	default:
		put (kind);
		break;
	}
}

void
format (void (*put) (char c), const char *text, va_list arguments)
{
	struct spec spec;
	va_list rest;

	va_copy (rest, arguments);
	for (; *text; text++) {
		if (*text != '%') {
			put (*text);
			continue;
		}
		spec = (struct spec) { 0, ' ', 0 };
		if (*++text == '0') {
			spec.pad = '0';
			text++;
		}
		for (; *text >= '0' && *text <= '9'; text++)
			spec.width = spec.width * 10 + *text - '0';
		for (; *text == 'l'; text++)
			spec.longs++;
		if (!*text)
			break;
		put_argument (put, *text, &spec, &rest);
	}
	va_end (rest);
}
