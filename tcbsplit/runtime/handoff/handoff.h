/* SPDX-License-Identifier: MIT */
#ifndef TCBSPLIT_HANDOFF_H
#define TCBSPLIT_HANDOFF_H

#include "tcbsplit_types.h"

/*
 * The blob, little endian, of a constant size:
 *   header | entry 0 | entry 1 | ... | SHA-256 of all preceding bytes
 * Each entry: its header, the variable's bytes, then the room of each part that
 * has one (see below); each of these is padded with zeros to a multiple of 8.
 */

#define TCBSPLIT_MAGIC 0x46464F4853424354ULL /* "TCBSHOFF" in memory */
#define TCBSPLIT_VERSION 1
#define TCBSPLIT_DIGEST_SIZE 32

/* Errors of this interface, negative errno values of Linux. */
#define TCBSPLIT_EPERM 1
#define TCBSPLIT_E2BIG 7
#define TCBSPLIT_EFAULT 14
#define TCBSPLIT_EINVAL 22
#define TCBSPLIT_EBADMSG 74
#define TCBSPLIT_EALREADY 114

#define TCBSPLIT_SECRET 1 /* flag: wiped in the guest after sending */

struct tcbsplit_header {
	tcbsplit_u64 magic;
	tcbsplit_u32 version;
	tcbsplit_u32 count;
	tcbsplit_u8 layout[TCBSPLIT_DIGEST_SIZE];
	tcbsplit_u64 total; /* bytes of the whole blob, digest included */
};

struct tcbsplit_entry_header {
	tcbsplit_u32 id;
	tcbsplit_u32 reserved; /* zero */
	tcbsplit_u64 length;
};

/*
 * A part of a variable that is more than its bytes. The target of a pointer is
 * in the part's room: a 64-bit count, then `most` elements, the unused ones
 * zero. The pointer itself is sent as zero and set to `storage` when the blob
 * is taken. TCBSPLIT_NULL as count stands for a null pointer.
 */
enum tcbsplit_kind {
	TCBSPLIT_ARRAY, /* pointer to `count` elements */
	TCBSPLIT_STRING, /* pointer to text; count includes its NUL */
	TCBSPLIT_LIST, /* elements linked at offset `link`, the last to null */
	TCBSPLIT_KEEP, /* `size` bytes not sent: each side keeps its own */
	TCBSPLIT_UNION, /* `size` bytes; its choices follow */
	TCBSPLIT_CHOICE, /* tag `most`: the first `size` bytes of the union */
};

#define TCBSPLIT_NULL (~(tcbsplit_u64) 0)

struct tcbsplit_part {
	tcbsplit_u32 kind;
	tcbsplit_u32 at; /* offset in the variable */
	tcbsplit_u64 size; /* bytes of one element, or of the part itself */
	tcbsplit_u64 most; /* elements */
	tcbsplit_u64 length_at; /* in the blob: the length of an array, the tag */
	tcbsplit_u32 length_size; /* bytes of that integer; 0: always `most` */
	tcbsplit_u32 link;
	void *const *storage;
};

/* One variable that crosses; the generated tables are equal on both sides. */
struct tcbsplit_entry {
	tcbsplit_u32 id;
	tcbsplit_u32 flags;
	tcbsplit_u64 size;
	void *const *address;
	const struct tcbsplit_part *parts;
	tcbsplit_u32 part_count;
};

/* All variables of one direction, in the order of the blob. */
struct tcbsplit_table {
	const struct tcbsplit_entry *entries;
	tcbsplit_u32 count;
	tcbsplit_u64 size; /* bytes of the blob */
	tcbsplit_u8 layout[TCBSPLIT_DIGEST_SIZE];
};

extern const struct tcbsplit_table tcbsplit_handoff; /* guest to hypervisor */
extern const struct tcbsplit_table tcbsplit_inputs; /* hypervisor to guest */

/* Wipe memory; compilers cannot optimise it away. */
static inline TCBSPLIT_RETIRED_INLINE void
tcbsplit_wipe (void *memory, tcbsplit_u64 length)
{
	volatile tcbsplit_u8 *p = memory;

	while (length--)
		*p++ = 0;
}

static inline TCBSPLIT_RETIRED_INLINE void
tcbsplit_copy (void *to, const void *from, tcbsplit_u64 length)
{
	tcbsplit_u8 *t = to;
	const tcbsplit_u8 *f = from;

	while (length--)
		*t++ = *f++;
}

/* Compare in constant time; nonzero if different. */
static inline TCBSPLIT_RETIRED_INLINE int
tcbsplit_differ (const void *left, const void *right, tcbsplit_u64 length)
{
	const tcbsplit_u8 *l = left, *r = right;
	tcbsplit_u8 difference = 0;

	while (length--)
		difference |= *l++ ^ *r++;
	return difference;
}

static inline TCBSPLIT_RETIRED_INLINE tcbsplit_u64
tcbsplit_padded (tcbsplit_u64 length)
{
	return (length + 7) & ~(tcbsplit_u64) 7;
}

/* Whether a part has a room in the blob. */
static inline TCBSPLIT_RETIRED_INLINE int
tcbsplit_follows (const struct tcbsplit_part *p)
{
	return p->kind <= TCBSPLIT_LIST;
}

/* Bytes of the room of a part. */
static inline TCBSPLIT_RETIRED_INLINE tcbsplit_u64
tcbsplit_room (const struct tcbsplit_part *p)
{
	return sizeof (tcbsplit_u64) + tcbsplit_padded (p->most * p->size);
}

/* The bytes of a part in the variable itself. */
static inline TCBSPLIT_RETIRED_INLINE tcbsplit_u64
tcbsplit_own (const struct tcbsplit_part *p)
{
	return tcbsplit_follows (p) ? sizeof (void *) : p->size;
}

/* An integer of `size` bytes, little endian; 0 if `size` is 0. */
static inline TCBSPLIT_RETIRED_INLINE tcbsplit_u64
tcbsplit_integer (const tcbsplit_u8 *at, tcbsplit_u32 size)
{
	tcbsplit_u64 value = 0;

	while (size--)
		value = value << 8 | at[size];
	return value;
}

/* Nonzero if any byte is not zero. */
static inline TCBSPLIT_RETIRED_INLINE int
tcbsplit_dirty (const tcbsplit_u8 *at, tcbsplit_u64 length)
{
	while (length--)
		if (*at++)
			return 1;
	return 0;
}

/* The target of the pointer of a part. */
static inline TCBSPLIT_RETIRED_INLINE tcbsplit_u8 *
tcbsplit_target (const struct tcbsplit_entry *e, const struct tcbsplit_part *p)
{
	tcbsplit_u8 *found;

	tcbsplit_copy (&found, (const tcbsplit_u8 *) *e->address + p->at,
		       sizeof found);
	return found;
}

/* The side that a blob comes from, and the one that takes it. */
int tcbsplit_build_blob (const struct tcbsplit_table *table, tcbsplit_u8 *blob)
	TCBSPLIT_RETIRED;
int tcbsplit_validate (const struct tcbsplit_table *table,
		       const tcbsplit_u8 *blob, tcbsplit_u64 length)
	TCBSPLIT_RETIRED;
void tcbsplit_commit (const struct tcbsplit_table *table,
		      const tcbsplit_u8 *blob) TCBSPLIT_RETIRED;

/* Thin side. */
int tcbsplit_accept (const tcbsplit_u8 *blob) TCBSPLIT_RETIRED;
void tcbsplit_take (void) TCBSPLIT_RETIRED;
int tcbsplit_on_handoff (tcbsplit_u64 guest_address, tcbsplit_u64 length);
int tcbsplit_measure (const void *image, tcbsplit_u64 size) TCBSPLIT_RETIRED;
int tcbsplit_give_inputs (void *to, tcbsplit_u64 length) TCBSPLIT_RETIRED;
int tcbsplit_sealed (void);
int tcbsplit_retire (void);

/* Guest side. */
int tcbsplit_take_inputs (void);
void tcbsplit_wipe_secrets (void);
int tcbsplit_run_entries (void);
void tcbsplit_guest_main (const void *boot_info)
	__attribute__ ((noreturn));

#endif
