/* SPDX-License-Identifier: MIT */
/*
 * minivisor's adapter, thin side: runs the preprocessing guest with the same
 * loader and run loop as any guest, and answers its hypercall.
 */

#include "abi/hypercall.h"
#include "adapter.h"
#include "handoff.h"
#include "hv/bootinfo.h"
#include "hv/console.h"
#include "hv/guest.h"
#include "hv/hypercall.h"
#include "hv/panic.h"
#include "hv/unit.h"
#include "hv/vcpu.h"
#include "lib/crypto/sha256.h"
#include "lib/errno.h"

#define IMAGE "preguest"

static s64
on_handoff (u64 address, u64 length, u64 unused)
{
	(void) unused;
	return tcbsplit_on_handoff (address, length);
}

static TCBSPLIT_RETIRED int
handoff_init (void)
{
	return hypercall_register (HC_HANDOFF, on_handoff);
}

UNIT ("arch3", handoff_init);

int
tcbsplit_adapter_run_guest (void)
{
	static TCBSPLIT_RETIRED_ADDRESSES const char *const names[] = {
		"config", "token",
	};
	const struct hv_module *image = bootinfo_module (IMAGE);
	const struct hv_module *modules[ARRAY_SIZE (names)];
	unsigned int i, count = 0;
	int error = -ENOENT;

	if (!image) {
		printf ("tcbsplit: no module named " IMAGE "\n");
		goto out;
	}
	error = tcbsplit_measure (image->data, image->size);
	if (error)
		goto out;
	/* What is missing the guest itself complains about. */
	for (i = 0; i < ARRAY_SIZE (names); i++)
		if ((modules[count] = bootinfo_module (names[i])))
			count++;
	error = guest_load (image, modules, count);
	if (error)
		goto out;
	printf ("tcbsplit: starting the preprocessing guest\n");
	if (vcpu_run () != VCPU_EXITED || vcpu_status ())
		error = -EIO;
out:
	return error;
}

int
tcbsplit_adapter_copy_from_guest (void *to, tcbsplit_u64 guest_address,
				  tcbsplit_u64 length)
{
	return guest_copy_in (to, guest_address, length);
}

void
tcbsplit_adapter_wipe_guest (void)
{
	guest_wipe ();
}

void
tcbsplit_sha256 (const void *data, tcbsplit_u64 length, tcbsplit_u8 digest[32])
{
	sha256 (data, length, digest);
}

void
tcbsplit_adapter_print (const char *line)
{
	printf ("%s\n", line);
}

void
tcbsplit_adapter_panic (const char *line)
{
	panic ("%s", line);
}
