/* SPDX-License-Identifier: MIT */
/* Check a copied blob against the layout of this build, then take it. */

#include "adapter.h"
#include "handoff.h"
#include "layout.h"

#define ENTRY_HEADER 16 /* its number (64 bits), its length (64 bits) */

/*
 * Return 0 if the blob has the exact form that the send side of this build
 * makes, and write it to the variables; else nothing is written: the first pass
 * checks all entries. The generator ensures that the entries fill the blob.
 */
int
tcbsplit_accept (const tcbsplit_u8 *blob)
{
	const tcbsplit_u64 zero = 0, end = TCBSPLIT_BLOB_SIZE - TCBSPLIT_DIGEST_SIZE;
	tcbsplit_u8 digest[TCBSPLIT_DIGEST_SIZE];
	const struct tcbsplit_entry *e;
	tcbsplit_u64 header[2], padding, i;
	const tcbsplit_u8 *value;
	int pass;

	if (tcbsplit_differ (blob, &tcbsplit_expected, sizeof tcbsplit_expected))
		return -TCBSPLIT_EINVAL;
	tcbsplit_sha256 (blob, end, digest);
	if (tcbsplit_differ (blob + end, digest, sizeof digest))
		return -TCBSPLIT_EBADMSG;
	for (pass = 0; pass < 2; pass++) {
		value = blob + sizeof tcbsplit_expected + ENTRY_HEADER;
		for (i = 0; i < tcbsplit_expected.count; i++) {
			e = &tcbsplit_entries[i];
			header[0] = i;
			header[1] = e->size;
			padding = -e->size & 7;
			if (pass)
				/* GCC manual, 2.1: every environment has it. */
				__builtin_memcpy (*e->address, value, e->size);
			else if (tcbsplit_differ (value - ENTRY_HEADER, header,
						  ENTRY_HEADER) ||
				 tcbsplit_differ (value + e->size, &zero,
						  padding))
				return -TCBSPLIT_EINVAL;
			value += e->size + padding + ENTRY_HEADER;
		}
	}
	return 0;
}
