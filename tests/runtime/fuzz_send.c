/*
 * libFuzzer's entry for the send side: whatever a program leaves is handed over
 * whole or refused, and no byte beside it is read or wiped.
 */

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include "carried.h"
#include "handoff.h"
#include "layout.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static tcbsplit_u8 blob[TCBSPLIT_BLOB_SIZE];

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
	int good = leave (data, size);
	int sent = !tcbsplit_build_blob (&tcbsplit_handoff, blob);
	int taken = !tcbsplit_validate (&tcbsplit_handoff, blob, sizeof blob);

	tcbsplit_wipe_secrets ();
	if (sent != good || (sent && !taken) || (!wiped () && good)) {
		fprintf (stderr, "good %d, sent %d, taken %d\n", good, sent,
			 taken);
		abort ();
	}
	return 0;
}
