/*
 * libFuzzer's target: whatever the receive side accepts, the send side makes,
 * byte for byte, from what was taken. The first byte of an input chooses how
 * deep it goes: as it is; with a valid header and digest; and with valid entry
 * headers too, so that lengths, tags and rooms are reached.
 */

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "carried.h"
#include "handoff.h"
#include "layout.h"
#include "adapter.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static tcbsplit_u8 blob[TCBSPLIT_BLOB_SIZE];
static tcbsplit_u8 again[TCBSPLIT_BLOB_SIZE];

static void
digest (void)
{
	tcbsplit_sha256 (blob, sizeof blob - TCBSPLIT_DIGEST_SIZE,
			 blob + sizeof blob - TCBSPLIT_DIGEST_SIZE);
}

/* Changes of a valid blob: (place, place, byte) again and again. */
static void
mutate (const uint8_t *data, size_t size)
{
	fill (data[0]);
	if (tcbsplit_build_blob (&tcbsplit_handoff, blob))
		abort ();
	for (data++, size--; size >= 3; data += 3, size -= 3)
		blob[(data[0] << 8 | data[1]) % sizeof blob] = data[2];
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
	struct tcbsplit_header header = {
		TCBSPLIT_MAGIC, TCBSPLIT_VERSION, tcbsplit_handoff.count,
		{ 0 }, TCBSPLIT_BLOB_SIZE
	};
	size_t length = sizeof blob;

	if (size < 2)
		return 0;
	memcpy (header.layout, tcbsplit_handoff.layout, sizeof header.layout);
	switch (data[0] % 3) {
	case 0:
		length = size - 1 < sizeof blob ? size - 1 : sizeof blob;
		memset (blob, 0, sizeof blob);
		memcpy (blob, data + 1, length);
		break;
	case 1:
		memset (blob, 0, sizeof blob);
		memcpy (blob, &header, sizeof header);
		memcpy (blob + sizeof header, data + 1,
			size - 1 < sizeof blob - sizeof header ?
			size - 1 : sizeof blob - sizeof header);
		digest ();
		break;
	case 2:
		mutate (data + 1, size - 1);
		digest ();
		break;
	}
	clear ();
	if (tcbsplit_validate (&tcbsplit_handoff, blob, length))
		return 0;
	tcbsplit_commit (&tcbsplit_handoff, blob);
	if (tcbsplit_build_blob (&tcbsplit_handoff, again) ||
	    memcmp (blob, again, sizeof blob)) {
		fprintf (stderr, "accepted what was never sent\n");
		abort ();
	}
	return 0;
}
