/* SPDX-License-Identifier: MIT */
/*
 * Guest-linear to guest-physical addresses, APM2 5.2 to 5.4, with the access
 * rights of 5.6. Accessed and dirty bits are left as they are.
 */

#include "arch/svm/svm.h"
#include "hv/guest.h"
#include "lib/errno.h"

#define PRESENT 0x01
#define WRITABLE 0x02
#define USER 0x04
#define LARGE 0x80
#define FRAME 0x000FFFFFFFFFF000ULL
#define FRAME_PAE 0xFFFFFFE0ULL /* of CR3 with three levels, 5.2.2 */

struct mode {
	int levels;
	int bits; /* of an index */
	u32 entry; /* bytes */
	u64 root; /* bits of CR3 */
};

static struct mode
mode_of (const struct vmcb *b)
{
	if (b->efer & EFER_LMA)
		return (struct mode) { 4, 9, 8, FRAME };
	if (b->cr4 & CR4_PAE)
		return (struct mode) { 3, 9, 8, FRAME_PAE };
	return (struct mode) { 2, 10, 4, 0xFFFFF000 };
}

/* Entries of three-level paging's first level carry no rights. */
static bool
allowed (const struct vmcb *b, u64 rights, bool write)
{
	if (b->cpl == 3 && !(rights & USER))
		return false;
	return !write || rights & WRITABLE ||
		(b->cpl != 3 && !(b->cr0 & CR0_WP));
}

static bool
is_leaf (const struct vmcb *b, u64 entry, int level)
{
	if (level == 1)
		return true;
	if (level > 3 || !(entry & LARGE))
		return false;
	/* Two levels have large pages only with CR4.PSE. */
	return b->efer & EFER_LMA || b->cr4 & (CR4_PAE | CR4_PSE);
}

int
svm_translate (u64 linear, bool write, u64 *physical)
{
	const struct vmcb *b = svm_vcpu.vmcb;
	const struct mode mode = mode_of (b);
	u64 table = b->cr3 & mode.root, entry, rights = WRITABLE | USER, page;
	int level, shift, error = 0;

	*physical = linear;
	if (!(b->cr0 & CR0_PG))
		goto out;
	for (level = mode.levels;; level--) {
		shift = 12 + (level - 1) * mode.bits;
		entry = 0;
		error = guest_copy_in (&entry, table + mode.entry *
				       (linear >> shift &
					((1ULL << mode.bits) - 1)),
				       mode.entry);
		if (error)
			goto out;
		error = -EACCES;
		if (!(entry & PRESENT))
			goto out;
		if (mode.levels != 3 || level != 3)
			rights &= entry;
		table = entry & FRAME;
		if (is_leaf (b, entry, level))
			break;
	}
	if (!allowed (b, rights, write))
		goto out;
	page = (1ULL << shift) - 1;
	*physical = (table & ~page) | (linear & page);
	error = 0;
out:
	return error;
}
