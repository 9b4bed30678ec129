/* SPDX-License-Identifier: MIT */
/* Check a copied blob against the layout of this build, then take it. */

#include "adapter.h"
#include "handoff.h"

/* Check the room of a part: its count, and zeros after the counted elements. */
static TCBSPLIT_RETIRED int
check_room (const tcbsplit_u8 *blob, const tcbsplit_u8 *room,
	    const struct tcbsplit_part *p)
{
	const tcbsplit_u8 *items = room + sizeof (tcbsplit_u64);
	tcbsplit_u64 count = tcbsplit_integer (room, sizeof count);
	tcbsplit_u64 said = p->length_size ?
		tcbsplit_integer (blob + p->length_at, p->length_size) : p->most;
	tcbsplit_u64 i, used = count == TCBSPLIT_NULL ? 0 : count;

	if (used > p->most ||
	    tcbsplit_dirty (items + used * p->size,
			    tcbsplit_room (p) - sizeof count - used * p->size))
		return -TCBSPLIT_EINVAL;
	if (p->kind == TCBSPLIT_ARRAY)
		return count == said || (count == TCBSPLIT_NULL &&
					 (!said || !p->length_size)) ?
			0 : -TCBSPLIT_EINVAL;
	if (p->kind == TCBSPLIT_STRING) {
		for (i = 0; i < used; i++)
			if (!items[i] != (i + 1 == used))
				return -TCBSPLIT_EINVAL;
		return used || count == TCBSPLIT_NULL ? 0 : -TCBSPLIT_EINVAL;
	}
	for (i = 0; i < used; i++)
		if (tcbsplit_dirty (items + i * p->size + p->link,
				    sizeof (void *)))
			return -TCBSPLIT_EINVAL;
	return count ? 0 : -TCBSPLIT_EINVAL;
}

/* Check a union: one of its choices has the tag, and zeros follow its bytes. */
static TCBSPLIT_RETIRED int
check_union (const tcbsplit_u8 *blob, const tcbsplit_u8 *bytes,
	     const struct tcbsplit_part *p, const struct tcbsplit_part *end)
{
	const struct tcbsplit_part *u = p++;

	for (; p < end && p->kind == TCBSPLIT_CHOICE; p++)
		if (tcbsplit_integer (blob + p->length_at,
				      p->length_size) == p->most)
			return tcbsplit_dirty (bytes + p->size,
					       u->size - p->size) ?
				-TCBSPLIT_EINVAL : 0;
	return -TCBSPLIT_EINVAL;
}

/* Check the entry at `at`; return its size in bytes or a negative errno. */
static TCBSPLIT_RETIRED long
check_entry (const tcbsplit_u8 *blob, tcbsplit_u64 at,
	     const struct tcbsplit_entry *e)
{
	const struct tcbsplit_part *p = e->parts, *end = p + e->part_count;
	struct tcbsplit_entry_header header;
	const tcbsplit_u8 *value = blob + at + sizeof header;
	const tcbsplit_u8 *room = value + tcbsplit_padded (e->size);
	int result = 0;

	tcbsplit_copy (&header, blob + at, sizeof header);
	if (header.id != e->id || header.reserved ||
	    header.length != e->size ||
	    tcbsplit_dirty (value + e->size,
			    tcbsplit_padded (e->size) - e->size))
		result = -TCBSPLIT_EINVAL;
	for (; p < end && !result; p++) {
		if (p->kind == TCBSPLIT_UNION)
			result = check_union (blob, value + p->at, p, end);
		else if (p->kind != TCBSPLIT_CHOICE &&
			 tcbsplit_dirty (value + p->at, tcbsplit_own (p)))
			result = -TCBSPLIT_EINVAL;
		else if (tcbsplit_follows (p)) {
			result = check_room (blob, room, p);
			room += tcbsplit_room (p);
		}
	}
	return result ? result : room - (blob + at);
}

/*
 * Return 0 if the blob has the exact form that the send side of this build
 * makes. Nothing is written: validation is complete before the first commit.
 * The generator ensures that the entries fill the blob.
 */
int
tcbsplit_validate (const struct tcbsplit_table *table, const tcbsplit_u8 *blob,
		   tcbsplit_u64 length)
{
	struct tcbsplit_header header;
	tcbsplit_u8 digest[TCBSPLIT_DIGEST_SIZE];
	tcbsplit_u64 at = sizeof header;
	tcbsplit_u32 i;
	long step;
	int result = -TCBSPLIT_EINVAL;

	if (length != table->size)
		goto out;
	tcbsplit_copy (&header, blob, sizeof header);
	if (header.magic != TCBSPLIT_MAGIC ||
	    header.version != TCBSPLIT_VERSION ||
	    header.count != table->count || header.total != length ||
	    tcbsplit_differ (header.layout, table->layout,
			     sizeof header.layout))
		goto out;
	result = -TCBSPLIT_EBADMSG;
	tcbsplit_sha256 (blob, length - sizeof digest, digest);
	if (tcbsplit_differ (digest, blob + length - sizeof digest,
			     sizeof digest))
		goto out;
	result = -TCBSPLIT_EINVAL;
	for (i = 0; i < table->count; i++) {
		step = check_entry (blob, at, &table->entries[i]);
		if (step < 0)
			goto out;
		at += step;
	}
	if (at == length - sizeof digest)
		result = 0;
out:
	return result;
}

/* Copy the target of a pointer to its storage; return the new pointer. */
static TCBSPLIT_RETIRED void *
take_room (const tcbsplit_u8 *room, const struct tcbsplit_part *p)
{
	tcbsplit_u64 i, count = tcbsplit_integer (room, sizeof count);
	tcbsplit_u8 *items = count == TCBSPLIT_NULL ? 0 : *p->storage;
	void *next;

	if (items)
		tcbsplit_copy (items, room + sizeof count, count * p->size);
	for (i = 0; items && p->kind == TCBSPLIT_LIST && i < count; i++) {
		next = i + 1 < count ? items + (i + 1) * p->size : 0;
		tcbsplit_copy (items + i * p->size + p->link, &next,
			       sizeof next);
	}
	return items;
}

/* Write a validated blob to the variables: bytes between parts, then parts. */
void
tcbsplit_commit (const struct tcbsplit_table *table, const tcbsplit_u8 *blob)
{
	const tcbsplit_u8 *at = blob + sizeof (struct tcbsplit_header);
	const struct tcbsplit_entry *e = table->entries;
	const struct tcbsplit_part *p;
	tcbsplit_u8 *to;
	tcbsplit_u64 done;
	void *target;

	for (; e < table->entries + table->count; e++) {
		const tcbsplit_u8 *value =
			at + sizeof (struct tcbsplit_entry_header);

		to = *e->address;
		done = 0;
		at = value + tcbsplit_padded (e->size);
		/* Parts are in the order of their offsets. */
		for (p = e->parts; p < e->parts + e->part_count; p++) {
			if (p->kind == TCBSPLIT_UNION ||
			    p->kind == TCBSPLIT_CHOICE)
				continue;
			tcbsplit_copy (to + done, value + done, p->at - done);
			done = p->at + tcbsplit_own (p);
			if (tcbsplit_follows (p)) {
				target = take_room (at, p);
				tcbsplit_copy (to + p->at, &target,
					       sizeof target);
				at += tcbsplit_room (p);
			}
		}
		tcbsplit_copy (to + done, value + done, e->size - done);
	}
}

/* Take the blob of the preprocessing guest; return 0 or a negative errno. */
int
tcbsplit_accept (const tcbsplit_u8 *blob)
{
	int result = tcbsplit_validate (&tcbsplit_handoff, blob,
					tcbsplit_handoff.size);

	if (!result)
		tcbsplit_commit (&tcbsplit_handoff, blob);
	return result;
}
