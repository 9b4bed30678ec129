/* SPDX-License-Identifier: MIT */
/* The preprocessing guest: run the moved code, hand over the results, end. */

#include "adapter.h"
#include "handoff.h"
#include "layout.h"

static tcbsplit_u8 blob[TCBSPLIT_BLOB_SIZE];

void
tcbsplit_guest_main (const void *boot_info)
{
	int result;

	tcbsplit_adapter_guest_init (boot_info);
	result = tcbsplit_run_entries ();
	if (result >= 0) {
		result = tcbsplit_build_blob (&tcbsplit_handoff, blob);
		if (result >= 0)
			result = tcbsplit_adapter_send (blob, sizeof blob);
	}
	tcbsplit_wipe (blob, sizeof blob);
	tcbsplit_wipe_secrets ();
	tcbsplit_adapter_guest_end (result < 0 ? 1 : 0);
}
