/* SPDX-License-Identifier: MIT */
/* Make the blob of a table, on the side that it comes from. */

#include "adapter.h"
#include "handoff.h"

/* Copy the elements of a list, with zero links; return their number. */
static TCBSPLIT_RETIRED tcbsplit_u64
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
static TCBSPLIT_RETIRED int
pack_room (const tcbsplit_u8 *blob, tcbsplit_u8 *room,
	   const struct tcbsplit_entry *e, const struct tcbsplit_part *p)
{
	const tcbsplit_u8 *from = tcbsplit_target (e, p);
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
static TCBSPLIT_RETIRED int
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
 * Fill all bytes of the blob; return 0 or a negative errno. Copy all variables
 * first, since lengths and tags may be in other variables.
 */
int
tcbsplit_build_blob (const struct tcbsplit_table *table, tcbsplit_u8 *blob)
{
	const struct tcbsplit_entry *e, *end;
	struct tcbsplit_header header = {
		TCBSPLIT_MAGIC, TCBSPLIT_VERSION, table->count, { 0 },
		table->size
	};
	tcbsplit_u64 at = sizeof header;
	tcbsplit_u32 i, pass;
	int result = 0;

	end = table->entries + table->count;
	tcbsplit_copy (header.layout, table->layout, sizeof header.layout);
	tcbsplit_wipe (blob, table->size);
	tcbsplit_copy (blob, &header, sizeof header);
	for (pass = 0; pass < 2; pass++) {
		at = sizeof header;
		for (e = table->entries; e < end; e++) {
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
