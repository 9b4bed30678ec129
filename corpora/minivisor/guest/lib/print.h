/* SPDX-License-Identifier: MIT */
#ifndef GUEST_LIB_PRINT_H
#define GUEST_LIB_PRINT_H

#include "lib/types.h"

/* Text on the first serial port. Known: %s %d %u %x %%, 32 bit. */
void print (const char *text, ...) __attribute__ ((format (printf, 1, 2)));

/* Bytes as hexadecimal digits. */
void print_bytes (const u8 *bytes, size_t length);

#endif
