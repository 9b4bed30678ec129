/* Makes the blob in the preprocessing guest. */

#include "handoff.h"
#include "layout.h"
#include "sha256.h"

/* Fill TCBSPLIT_BLOB_SIZE bytes. */
void
tcbsplit_build_blob (tcbsplit_u8 *blob)
{
	struct tcbsplit_header header = {
		TCBSPLIT_MAGIC, TCBSPLIT_VERSION, TCBSPLIT_ENTRY_COUNT,
		TCBSPLIT_LAYOUT_HASH, TCBSPLIT_BLOB_SIZE
	};
	tcbsplit_u64 at = sizeof header;
	tcbsplit_u32 i;

	tcbsplit_wipe (blob, TCBSPLIT_BLOB_SIZE);
	tcbsplit_copy (blob, &header, sizeof header);
	for (i = 0; i < tcbsplit_entry_count; i++) {
		const struct tcbsplit_entry *e = &tcbsplit_entries[i];
		struct tcbsplit_entry_header h = { e->id, 0, e->size };

		tcbsplit_copy (blob + at, &h, sizeof h);
		tcbsplit_copy (blob + at + sizeof h, *e->address, e->size);
		at += sizeof h + tcbsplit_padded (e->size);
	}
	tcbsplit_sha256 (blob, at, blob + at);
}

/* Overwrite what was marked secret. */
void
tcbsplit_wipe_secrets (void)
{
	tcbsplit_u32 i;

	for (i = 0; i < tcbsplit_entry_count; i++)
		if (tcbsplit_entries[i].flags & TCBSPLIT_SECRET)
			tcbsplit_wipe (*tcbsplit_entries[i].address,
				       tcbsplit_entries[i].size);
}
