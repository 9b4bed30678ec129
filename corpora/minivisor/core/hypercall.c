/* SPDX-License-Identifier: MIT */
/* Hypercalls by number. */

#include "hv/hypercall.h"
#include "abi/hypercall.h"
#include "hv/console.h"
#include "hv/guard.h"
#include "hv/unit.h"
#include "hv/vcpu.h"
#include "lib/errno.h"

struct hypercall {
	u64 number;
	hypercall_handler handler;
};

static struct hypercall hypercalls[8];
static unsigned int hypercall_count;

int
hypercall_register (u64 number, hypercall_handler handler)
{
	unsigned int i;

	if (guards_closed ())
		return -EPERM;
	for (i = 0; i < hypercall_count; i++)
		if (hypercalls[i].number == number)
			return -EBUSY;
	if (hypercall_count == ARRAY_SIZE (hypercalls))
		return -ENOSPC;
	hypercalls[hypercall_count++] =
		(struct hypercall) { number, handler };
	return 0;
}

s64
hypercall_dispatch (u64 number, u64 a, u64 b, u64 c)
{
	unsigned int i;

	for (i = 0; i < hypercall_count; i++)
		if (hypercalls[i].number == number)
			return hypercalls[i].handler (a, b, c);
	return -ENOSYS;
}

static s64
hypercall_version (u64 a, u64 b, u64 c)
{
	(void) a;
	(void) b;
	(void) c;
	return ABI_VERSION;
}

static s64
hypercall_putc (u64 a, u64 b, u64 c)
{
	(void) b;
	(void) c;
	console_putc ((char) a);
	return 0;
}

static s64
hypercall_exit (u64 a, u64 b, u64 c)
{
	(void) b;
	(void) c;
	vcpu_stop (VCPU_EXITED, a);
	return 0;
}

static int
hypercall_init (void)
{
	int error;

	error = hypercall_register (HC_VERSION, hypercall_version);
	if (error)
		goto out;
	error = hypercall_register (HC_PUTC, hypercall_putc);
	if (error)
		goto out;
	error = hypercall_register (HC_EXIT, hypercall_exit);
out:
	return error;
}

UNIT ("arch2", hypercall_init);
