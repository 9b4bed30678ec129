/* SPDX-License-Identifier: MIT */
/*
 * Replaces guest_main.c in images for tests: send a blob that the thin
 * hypervisor must refuse. TCBSPLIT_FAULT selects the fault.
 */

#include "adapter.h"
#include "handoff.h"
#include "layout.h"

enum fault {
	CORRUPT = 1, /* a flipped bit under a correct length */
	TWICE = 2, /* the same valid blob again */
	SHORT = 3, /* one byte too short */
	OUTSIDE = 4, /* an address outside of the guest's memory */
};

static tcbsplit_u8 blob[TCBSPLIT_BLOB_SIZE];

void
tcbsplit_guest_main (const void *boot_info)
{
	const enum fault fault = TCBSPLIT_FAULT;
	const void *address = blob;
	tcbsplit_u64 length = sizeof blob;
	int result;

	tcbsplit_adapter_guest_init (boot_info);
	result = tcbsplit_run_entries ();
	if (result >= 0) {
		result = tcbsplit_build_blob (&tcbsplit_handoff, blob);
	}
	if (result >= 0) {
		if (fault == CORRUPT)
			blob[sizeof blob / 2] ^= 1;
		if (fault == SHORT)
			length--;
		if (fault == OUTSIDE)
			address = (const void *) ~(__UINTPTR_TYPE__) 4095;
		result = tcbsplit_adapter_send (address, length);
		if (fault == TWICE)
			result = tcbsplit_adapter_send (address, length);
	}
	tcbsplit_wipe (blob, sizeof blob);
	tcbsplit_wipe_secrets ();
	tcbsplit_adapter_guest_end (result < 0 ? 1 : 0);
}
