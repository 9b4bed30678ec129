/* SPDX-License-Identifier: MIT */
#ifndef TCBSPLIT_HANDOFF_H
#define TCBSPLIT_HANDOFF_H

#include "tcbsplit_types.h"

/*
 * The thin side of a handoff that is plain bytes. The blob, little endian:
 *   header | entry 0 | entry 1 | ... | SHA-256 of all preceding bytes
 * Each entry: its number, its length, the variable's bytes, zeros up to a
 * multiple of 8. All but those bytes is known beforehand.
 */

#define TCBSPLIT_DIGEST_SIZE 32

/* Errors of this interface, negative errno values of Linux. */
#define TCBSPLIT_EPERM 1
#define TCBSPLIT_EFAULT 14
#define TCBSPLIT_EINVAL 22
#define TCBSPLIT_EBADMSG 74
#define TCBSPLIT_EALREADY 114

struct tcbsplit_header {
	tcbsplit_u64 magic;
	tcbsplit_u32 version;
	tcbsplit_u32 count;
	tcbsplit_u8 layout[TCBSPLIT_DIGEST_SIZE];
	tcbsplit_u64 total; /* bytes of the whole blob, digest included */
};

struct tcbsplit_entry {
	tcbsplit_u64 size;
	void *const *address;
};

extern const struct tcbsplit_header tcbsplit_expected;
extern const struct tcbsplit_entry tcbsplit_entries[];

/* Wipe memory; compilers cannot optimise it away. */
static inline TCBSPLIT_RETIRED_INLINE void
tcbsplit_wipe (void *memory, tcbsplit_u64 length)
{
	volatile tcbsplit_u8 *p = memory;

	while (length--)
		*p++ = 0;
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

void tcbsplit_take (void) TCBSPLIT_RETIRED;
int tcbsplit_accept (const tcbsplit_u8 *blob) TCBSPLIT_RETIRED;
int tcbsplit_measure (const void *image, tcbsplit_u64 size) TCBSPLIT_RETIRED;
int tcbsplit_on_handoff (tcbsplit_u64 guest_address, tcbsplit_u64 length);
int tcbsplit_sealed (void);
int tcbsplit_retire (void);

#endif
