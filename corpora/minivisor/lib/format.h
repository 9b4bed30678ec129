/* SPDX-License-Identifier: MIT */
#ifndef LIB_FORMAT_H
#define LIB_FORMAT_H

#include "lib/types.h"

/*
 * Format text and give it to `put`, one character at a time.
 * Known: %c %s %d %u %x %p %% with width, 0 and l/ll.
 */
void format (void (*put) (char c), const char *text, va_list arguments);

#endif
