/* Guest-linear to guest-physical addresses, APM2 5.2 to 5.4. */

#include "arch/svm/svm.h"
#include "hv/guest.h"
#include "lib/errno.h"

#define PRESENT 1
#define LARGE 0x80
#define FRAME 0x000FFFFFFFFFF000ULL

struct mode {
	int levels;
	int bits; /* of an index */
	int entry; /* bytes */
};

static struct mode
mode_of (const struct vmcb *b)
{
	if (b->efer & EFER_LMA)
		return (struct mode) { 4, 9, 8 };
	if (b->cr4 & CR4_PAE)
		return (struct mode) { 3, 9, 8 };
	return (struct mode) { 2, 10, 4 };
}

int
svm_translate (u64 linear, u64 *physical)
{
	const struct vmcb *b = svm_vcpu.vmcb;
	struct mode mode = mode_of (b);
	u64 table = b->cr3 & FRAME, entry, offset;
	int level, shift, error = 0;

	*physical = linear;
	if (!(b->cr0 & CR0_PG))
		goto out;
	for (level = mode.levels; level > 0; level--) {
		shift = 12 + (level - 1) * mode.bits;
		offset = linear >> shift & ((1ULL << mode.bits) - 1);
		entry = 0;
		error = guest_copy_in (&entry, table + offset * mode.entry,
				       mode.entry);
		if (error)
			goto out;
		error = -EFAULT;
		if (!(entry & PRESENT))
			goto out;
		table = entry & FRAME;
		if (level == 1 || (level <= 3 && entry & LARGE)) {
			offset = linear & ((1ULL << shift) - 1);
			*physical = (table & ~((1ULL << shift) - 1)) | offset;
			error = 0;
			goto out;
		}
	}
out:
	return error;
}
