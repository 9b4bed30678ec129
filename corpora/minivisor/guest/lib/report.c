/* SPDX-License-Identifier: MIT */
/* Test results on the console. A run without any test has failed. */

#include "guest/lib/report.h"
#include "abi/hypercall.h"
#include "abi/machine_end.h"
#include "guest/lib/exception.h"
#include "guest/lib/hypercall.h"
#include "guest/lib/port.h"
#include "guest/lib/print.h"

static u32 tests, failures;

void
report (const char *name, bool ok)
{
	tests++;
	if (!ok)
		failures++;
	print ("%s: %s\n", ok ? "PASS" : "FAIL", name);
}

static void
leave (void *data)
{
	const u32 *status = data;

	hypercall (HC_EXIT, *status, 0, 0);
}

void
report_summary (void)
{
	const char *text = SHUTDOWN_TEXT;
	u32 status = tests ? failures : 1;

	print ("SUMMARY: %u tests, %u failures\n", tests, failures);
	/* Without a hypervisor the call is an exception: end the machine. */
	exception_try (leave, &status);
	port_out8 (EXIT_PORT, status ? 1 : 0);
	while (*text)
		port_out8 (SHUTDOWN_PORT, (u8) *text++);
	for (;;)
		asm volatile ("cli; hlt");
}
