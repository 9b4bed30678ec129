/* Checks a copied blob against this build's own layout, then takes it. */

#include "handoff.h"
#include "layout.h"
#include "sha256.h"

static int
check_entry (const tcbsplit_u8 *at, const struct tcbsplit_entry *expected)
{
	struct tcbsplit_entry_header header;
	tcbsplit_u64 i;

	tcbsplit_copy (&header, at, sizeof header);
	if (header.id != expected->id || header.reserved ||
	    header.length != expected->size)
		return -TCBSPLIT_EINVAL;
	for (i = header.length; i < tcbsplit_padded (header.length); i++)
		if (at[sizeof header + i])
			return -TCBSPLIT_EINVAL;
	return 0;
}

/*
 * 0 when the blob is exactly what the send side of the same build makes.
 * Nothing is written: validation ends before the first commit.
 */
int
tcbsplit_validate (const tcbsplit_u8 *blob, tcbsplit_u64 length)
{
	static const tcbsplit_u8 layout[] = TCBSPLIT_LAYOUT_HASH;
	struct tcbsplit_header header;
	tcbsplit_u8 digest[TCBSPLIT_DIGEST_SIZE];
	tcbsplit_u64 at = sizeof header, step;
	tcbsplit_u32 i;
	int result = -TCBSPLIT_EINVAL;

	if (length != TCBSPLIT_BLOB_SIZE)
		goto out;
	tcbsplit_copy (&header, blob, sizeof header);
	if (header.magic != TCBSPLIT_MAGIC ||
	    header.version != TCBSPLIT_VERSION ||
	    header.count != TCBSPLIT_ENTRY_COUNT || header.total != length ||
	    tcbsplit_differ (header.layout, layout, sizeof layout))
		goto out;
	result = -TCBSPLIT_EBADMSG;
	tcbsplit_sha256 (blob, length - sizeof digest, digest);
	if (tcbsplit_differ (digest, blob + length - sizeof digest,
			     sizeof digest))
		goto out;
	result = -TCBSPLIT_EINVAL;
	for (i = 0; i < header.count; i++) {
		step = sizeof (struct tcbsplit_entry_header) +
			tcbsplit_padded (tcbsplit_entries[i].size);
		if (step > length - sizeof digest - at ||
		    check_entry (blob + at, &tcbsplit_entries[i]))
			goto out;
		at += step;
	}
	if (at == length - sizeof digest)
		result = 0;
out:
	return result;
}

/* Take over a validated blob. */
void
tcbsplit_commit (const tcbsplit_u8 *blob)
{
	tcbsplit_u64 at = sizeof (struct tcbsplit_header);
	tcbsplit_u32 i;

	for (i = 0; i < tcbsplit_entry_count; i++) {
		at += sizeof (struct tcbsplit_entry_header);
		tcbsplit_copy (*tcbsplit_entries[i].address, blob + at,
			       tcbsplit_entries[i].size);
		at += tcbsplit_padded (tcbsplit_entries[i].size);
	}
}
