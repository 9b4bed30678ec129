/* SPDX-License-Identifier: MIT */
/*
 * The memory functions that compilers call implicitly; weak, since moved code
 * may define its own.
 */

typedef __SIZE_TYPE__ size;

void *memcpy (void *to, const void *from, size length);
void *memmove (void *to, const void *from, size length);
void *memset (void *to, int value, size length);
int memcmp (const void *left, const void *right, size length);

__attribute__ ((weak)) void *
memmove (void *to, const void *from, size length)
{
	char *t = to;
	const char *f = from;
	size i;

	if (t < f)
		for (i = 0; i < length; i++)
			t[i] = f[i];
	else
		while (length--)
			t[length] = f[length];
	return to;
}

__attribute__ ((weak)) void *
memcpy (void *to, const void *from, size length)
{
	return memmove (to, from, length);
}

__attribute__ ((weak)) void *
memset (void *to, int value, size length)
{
	volatile char *t = to;

	while (length--)
		*t++ = (char) value;
	return to;
}

__attribute__ ((weak)) int
memcmp (const void *left, const void *right, size length)
{
	const unsigned char *l = left, *r = right;

	for (; length; length--, l++, r++)
		if (*l != *r)
			return *l - *r;
	return 0;
}
