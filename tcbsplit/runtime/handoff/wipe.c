/* SPDX-License-Identifier: MIT */
/* Overwrite the secrets of the preprocessing guest once they are sent. */

#include "handoff.h"

/* The integer at `length_at` in the blob, as its variable has it now. */
static tcbsplit_u64
live (tcbsplit_u64 length_at, tcbsplit_u32 size)
{
	const struct tcbsplit_entry *e = tcbsplit_handoff.entries;
	tcbsplit_u64 at = sizeof (struct tcbsplit_header);
	tcbsplit_u32 i;

	for (; e < tcbsplit_handoff.entries + tcbsplit_handoff.count; e++) {
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
	tcbsplit_u8 *at = tcbsplit_target (e, p), *next;
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

	end = tcbsplit_handoff.entries + tcbsplit_handoff.count;
	for (e = tcbsplit_handoff.entries; e < end; e++)
		for (p = e->parts; p < e->parts + e->part_count; p++)
			if (e->flags & TCBSPLIT_SECRET && tcbsplit_follows (p))
				wipe_target (e, p);
	for (e = tcbsplit_handoff.entries; e < end; e++)
		if (e->flags & TCBSPLIT_SECRET)
			tcbsplit_wipe (*e->address, e->size);
}
