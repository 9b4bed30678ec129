/* SPDX-License-Identifier: MIT */
#ifndef LIB_STRING_H
#define LIB_STRING_H

#include "lib/types.h"

void *memcpy (void *to, const void *from, size_t length);
void *memmove (void *to, const void *from, size_t length);
void *memset (void *to, int value, size_t length);
int memcmp (const void *left, const void *right, size_t length);
size_t strlen (const char *s);
int strcmp (const char *left, const char *right);
int strncmp (const char *left, const char *right, size_t length);
char *strrchr (const char *s, int c);

/* Overwrite secrets so that no compiler leaves it out. */
void memzero_explicit (void *memory, size_t length);

/* Compare in constant time: nonzero where different. */
int memdiffer (const void *left, const void *right, size_t length);

#endif
