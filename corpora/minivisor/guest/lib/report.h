#ifndef GUEST_REPORT_H
#define GUEST_REPORT_H

#include "guest/lib/types.h"

/* One line a test: PASS or FAIL. */
void report (bool passed, const char *what);

/* The last line, then the end of the guest: status 0 only without failures. */
void report_summary (void) __attribute__ ((noreturn));

#endif
