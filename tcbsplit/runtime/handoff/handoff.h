#ifndef TCBSPLIT_HANDOFF_H
#define TCBSPLIT_HANDOFF_H

#include "tcbsplit_types.h"

/*
 * The blob, little endian, without gaps:
 *   header | entry 0 | entry 1 | ... | SHA-256 over all before it
 * Each entry: its header, its bytes, zeros up to a multiple of 8.
 */

#define TCBSPLIT_MAGIC 0x46464F4853424354ULL /* "TCBSHOFF" in memory */
#define TCBSPLIT_VERSION 1
#define TCBSPLIT_DIGEST_SIZE 32

/* Errors of this interface, negative errno values of Linux. */
#define TCBSPLIT_EPERM 1
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

/* One handed-over variable; the table is generated, equal on both sides. */
struct tcbsplit_entry {
	tcbsplit_u32 id;
	tcbsplit_u32 flags;
	tcbsplit_u64 size;
	void *const *address;
};

extern const struct tcbsplit_entry tcbsplit_entries[];
extern const tcbsplit_u32 tcbsplit_entry_count;
extern const tcbsplit_u8 tcbsplit_layout[TCBSPLIT_DIGEST_SIZE];

/* Wipe memory so that no compiler leaves it out. */
static inline void
tcbsplit_wipe (void *memory, tcbsplit_u64 length)
{
	volatile tcbsplit_u8 *p = memory;

	while (length--)
		*p++ = 0;
}

static inline void
tcbsplit_copy (void *to, const void *from, tcbsplit_u64 length)
{
	tcbsplit_u8 *t = to;
	const tcbsplit_u8 *f = from;

	while (length--)
		*t++ = *f++;
}

/* Compare in constant time; nonzero where different. */
static inline int
tcbsplit_differ (const void *left, const void *right, tcbsplit_u64 length)
{
	const tcbsplit_u8 *l = left, *r = right;
	tcbsplit_u8 difference = 0;

	while (length--)
		difference |= *l++ ^ *r++;
	return difference;
}

static inline tcbsplit_u64
tcbsplit_padded (tcbsplit_u64 length)
{
	return (length + 7) & ~(tcbsplit_u64) 7;
}

/* Thin side. */
void tcbsplit_take (void);
int tcbsplit_on_handoff (tcbsplit_u64 guest_address, tcbsplit_u64 length);
int tcbsplit_measure (const void *image, tcbsplit_u64 size);
int tcbsplit_validate (const tcbsplit_u8 *blob, tcbsplit_u64 length);
void tcbsplit_commit (const tcbsplit_u8 *blob);

/* Guest side. */
void tcbsplit_build_blob (tcbsplit_u8 *blob);
void tcbsplit_wipe_secrets (void);
int tcbsplit_run_entries (void);
void tcbsplit_guest_main (const void *boot_info)
	__attribute__ ((noreturn));

#endif
