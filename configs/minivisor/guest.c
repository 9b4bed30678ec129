/* SPDX-License-Identifier: MIT */
/*
 * minivisor's adapter, guest side: the environment of moved code. Console,
 * strings and modules are the hypervisor's own code, copied along; what is
 * written here is what differs in a guest:
 *   panic  (split.guest.provides) ends the guest, not the machine
 */

#include "abi/hypercall.h"
#include "adapter.h"
#include "hv/bootinfo.h"
#include "hv/console.h"
#include "hv/panic.h"
#include "lib/format.h"

static long
hypercall (unsigned long number, unsigned long a, unsigned long b)
{
	long result;

	asm volatile ("vmmcall" : "=a" (result)
		      : "a" (number), "b" (a), "c" (b), "d" (0UL) : "memory");
	return result;
}

void
tcbsplit_adapter_guest_init (const void *boot_info)
{
	int error;

	console_init ();
	error = bootinfo_init (boot_info);
	if (error)
		panic ("boot information is wrong (%d)", error);
}

int
tcbsplit_adapter_send (const void *blob, tcbsplit_u64 length)
{
	return (int) hypercall (HC_HANDOFF, (unsigned long) blob, length);
}

void
tcbsplit_adapter_guest_end (int status)
{
	hypercall (HC_EXIT, (unsigned long) status, 0);
	for (;;)
		asm volatile ("cli; hlt");
}

void
panic (const char *text, ...)
{
	va_list arguments;

	va_start (arguments, text);
	format (console_putc, text, arguments);
	va_end (arguments);
	printf ("\n");
	tcbsplit_adapter_guest_end (1);
}
