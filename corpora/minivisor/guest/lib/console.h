#ifndef GUEST_CONSOLE_H
#define GUEST_CONSOLE_H

#include "guest/lib/types.h"

/* The first serial port. */
void print (const char *text);
void print_number (u32 number);
void print_hex (const u8 *bytes, unsigned int length);

#endif
