/* SPDX-License-Identifier: MIT */
/* Make the blob in the preprocessing guest. */

#include "handoff.h"
#include "layout.h"
#include "sha256.h"

/* The target of the pointer of a part. */
static const tcbsplit_u8 *
target (const struct tcbsplit_entry *e, const struct tcbsplit_part *p)
{
	const tcbsplit_u8 *found;

	tcbsplit_copy (&found, (const tcbsplit_u8 *) *e->address + p->at,
		       sizeof found);
	return found;
}

/* Copy the elements of a list, with zero links; return their number. */
static tcbsplit_u64
pack_list (tcbsplit_u8 *items, const tcbsplit_u8 *from,
	   const struct tcbsplit_part *p)
{
	const void *null = 0;
	tcbsplit_u64 count = 0;

	while (from && count < p->most) {
		tcbsplit_copy (items, from, p->size);
		tcbsplit_copy (&from, from + p->link, sizeof from);
		tcbsplit_copy (items + p->link, &null, sizeof null);
		items += p->size;
		count++;
	}
	return from ? p->most + 1 : count;
}

/* Fill the room of a part; -E2BIG if the elements do not fit. */
static int
pack_room (const tcbsplit_u8 *blob, tcbsplit_u8 *room,
	   const struct tcbsplit_entry *e, const struct tcbsplit_part *p)
{
	const tcbsplit_u8 *from = target (e, p);
	tcbsplit_u8 *items = room + sizeof (tcbsplit_u64);
	tcbsplit_u64 count = TCBSPLIT_NULL;

	if (from && p->kind == TCBSPLIT_LIST) {
		count = pack_list (items, from, p);
	} else if (from && p->kind == TCBSPLIT_STRING) {
		count = 1;
		while (count <= p->most && from[count - 1])
			count++;
		if (count <= p->most)
			tcbsplit_copy (items, from, count);
	} else if (from) {
		count = p->length_size ?
			tcbsplit_integer (blob + p->length_at,
					  p->length_size) : p->most;
		if (count <= p->most)
			tcbsplit_copy (items, from, count * p->size);
	}
	tcbsplit_copy (room, &count, sizeof count);
	return from && count > p->most ? -TCBSPLIT_E2BIG : 0;
}

/* Clear bytes that are not sent; -EINVAL if no choice has a union's tag. */
static int
mask (const tcbsplit_u8 *blob, tcbsplit_u8 *value,
      const struct tcbsplit_part *p, const struct tcbsplit_part *end)
{
	const struct tcbsplit_part *u = p;

	if (p->kind != TCBSPLIT_UNION) {
		if (p->kind != TCBSPLIT_CHOICE)
			tcbsplit_wipe (value + p->at, tcbsplit_own (p));
		return 0;
	}
	for (p++; p < end && p->kind == TCBSPLIT_CHOICE; p++)
		if (tcbsplit_integer (blob + p->length_at,
				      p->length_size) == p->most) {
			tcbsplit_wipe (value + u->at + p->size,
				       u->size - p->size);
			return 0;
		}
	return -TCBSPLIT_EINVAL;
}

/*
 * Fill TCBSPLIT_BLOB_SIZE bytes; return 0 or a negative errno. Copy all
 * variables first, since lengths and tags may be in other variables.
 */
int
tcbsplit_build_blob (tcbsplit_u8 *blob)
{
	const struct tcbsplit_entry *e, *end;
	struct tcbsplit_header header = {
		TCBSPLIT_MAGIC, TCBSPLIT_VERSION, TCBSPLIT_ENTRY_COUNT,
		TCBSPLIT_LAYOUT_HASH, TCBSPLIT_BLOB_SIZE
	};
	tcbsplit_u64 at = sizeof header;
	tcbsplit_u32 i, pass;
	int result = 0;

	end = tcbsplit_entries + tcbsplit_entry_count;
	tcbsplit_wipe (blob, TCBSPLIT_BLOB_SIZE);
	tcbsplit_copy (blob, &header, sizeof header);
	for (pass = 0; pass < 2; pass++) {
		at = sizeof header;
		for (e = tcbsplit_entries; e < end; e++) {
			struct tcbsplit_entry_header h = { e->id, 0, e->size };
			tcbsplit_u8 *value = blob + at + sizeof h;

			tcbsplit_copy (blob + at, &h, sizeof h);
			if (!pass)
				tcbsplit_copy (value, *e->address, e->size);
			at += sizeof h + tcbsplit_padded (e->size);
			for (i = 0; i < e->part_count; i++) {
				const struct tcbsplit_part *p = e->parts + i;

				if (pass && !result)
					result = mask (blob, value, p,
						       e->parts +
						       e->part_count);
				if (!tcbsplit_follows (p))
					continue;
				if (pass && !result)
					result = pack_room (blob, blob + at,
							    e, p);
				at += tcbsplit_room (p);
			}
		}
	}
	tcbsplit_sha256 (blob, at, blob + at);
	return result;
}

/* The integer whose place in the blob is `length_at`, as its variable has it. */
static tcbsplit_u64
live (tcbsplit_u64 length_at, tcbsplit_u32 size)
{
	const struct tcbsplit_entry *e = tcbsplit_entries;
	tcbsplit_u64 at = sizeof (struct tcbsplit_header);
	tcbsplit_u32 i;

	for (; e < tcbsplit_entries + tcbsplit_entry_count; e++) {
		at += sizeof (struct tcbsplit_entry_header);
		if (length_at >= at && length_at + size <= at + e->size)
			return tcbsplit_integer ((const tcbsplit_u8 *)
						 *e->address + length_at - at,
						 size);
		at += tcbsplit_padded (e->size);
		for (i = 0; i < e->part_count; i++)
			if (tcbsplit_follows (&e->parts[i]))
				at += tcbsplit_room (&e->parts[i]);
	}
	return 0;
}

/* Overwrite the elements that a pointer leads to, and no byte behind them. */
static void
wipe_target (const struct tcbsplit_entry *e, const struct tcbsplit_part *p)
{
	tcbsplit_u8 *at = (tcbsplit_u8 *) target (e, p), *next;
	tcbsplit_u64 count, most = p->most;

	if (p->kind == TCBSPLIT_ARRAY && p->length_size)
		most = live (p->length_at, p->length_size);
	for (count = 0; at && count < most; count++) {
		next = at + p->size;
		if (p->kind == TCBSPLIT_STRING && !*at)
			break;
		if (p->kind == TCBSPLIT_LIST)
			tcbsplit_copy (&next, at + p->link, sizeof next);
		tcbsplit_wipe (at, p->size);
		at = next;
	}
}

/*
 * Overwrite the variables marked secret, and the targets of their pointers:
 * these first, since the lengths are in variables.
 */
void
tcbsplit_wipe_secrets (void)
{
	const struct tcbsplit_entry *e, *end;
	const struct tcbsplit_part *p;

	end = tcbsplit_entries + tcbsplit_entry_count;
	for (e = tcbsplit_entries; e < end; e++)
		for (p = e->parts; p < e->parts + e->part_count; p++)
			if (e->flags & TCBSPLIT_SECRET && tcbsplit_follows (p))
				wipe_target (e, p);
	for (e = tcbsplit_entries; e < end; e++)
		if (e->flags & TCBSPLIT_SECRET)
			tcbsplit_wipe (*e->address, e->size);
}
