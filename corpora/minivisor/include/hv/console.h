/* SPDX-License-Identifier: MIT */
#ifndef HV_CONSOLE_H
#define HV_CONSOLE_H

#include "lib/types.h"

/* The console is the first serial port, polled. */
void console_init (void);
void console_putc (char c);
int console_getc (void);

/* Read a line without its end; returns its length. No echo: shows '*'. */
int console_getline (char *line, size_t size, bool echo);

int printf (const char *text, ...) __attribute__ ((format (printf, 1, 2)));

#endif
