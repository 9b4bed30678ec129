/* SPDX-License-Identifier: MIT */
/* Freestanding memory and string functions. */

#include "lib/string.h"

void *
memcpy (void *to, const void *from, size_t length)
{
	void *start = to;

	/* APM3 REP MOVS: fast and no call back into this function. */
	asm volatile ("rep movsb" : "+D" (to), "+S" (from), "+c" (length)
		      : : "memory");
	return start;
}

void *
memmove (void *to, const void *from, size_t length)
{
	u8 *t = to;
	const u8 *f = from;

	if (t <= f || t >= f + length)
		return memcpy (to, from, length);
	while (length--)
		((volatile u8 *) t)[length] = f[length];
	return to;
}

void *
memset (void *to, int value, size_t length)
{
	void *start = to;

	asm volatile ("rep stosb" : "+D" (to), "+c" (length) : "a" (value)
		      : "memory");
	return start;
}

int
memcmp (const void *left, const void *right, size_t length)
{
	const u8 *l = left, *r = right;

	for (; length; length--, l++, r++)
		if (*l != *r)
			return *l - *r;
	return 0;
}

size_t
strlen (const char *s)
{
	size_t length = 0;

	while (s[length])
		length++;
	return length;
}

int
strcmp (const char *left, const char *right)
{
	for (; *left && *left == *right; left++, right++)
		;
	return (u8) *left - (u8) *right;
}

int
strncmp (const char *left, const char *right, size_t length)
{
	for (; length && *left && *left == *right; length--, left++, right++)
		;
	return length ? (u8) *left - (u8) *right : 0;
}

char *
strrchr (const char *s, int c)
{
	const char *found = NULL;

	for (; *s; s++)
		if (*s == c)
			found = s;
	return (char *) found;
}

void
memzero_explicit (void *memory, size_t length)
{
	memset (memory, 0, length);
	asm volatile ("" : : "r" (memory) : "memory");
}

int
memdiffer (const void *left, const void *right, size_t length)
{
	const u8 *l = left, *r = right;
	u8 difference = 0;

	while (length--)
		difference |= *l++ ^ *r++;
	return difference;
}
