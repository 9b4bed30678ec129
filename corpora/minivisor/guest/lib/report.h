/* SPDX-License-Identifier: MIT */
#ifndef GUEST_LIB_REPORT_H
#define GUEST_LIB_REPORT_H

#include "lib/types.h"

/* One line for each test: PASS or FAIL and its name. */
void report (const char *name, bool ok);

/* The last line, and the end: exit status 0 only when all tests passed. */
void report_summary (void) __attribute__ ((noreturn));

#endif
