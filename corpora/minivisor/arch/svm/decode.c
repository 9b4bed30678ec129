/* SPDX-License-Identifier: MIT */
/*
 * Where the next instruction is. Processors without NRIPS (APM2 15.7.1) do
 * not tell, so that the prefixes in front of a known opcode are counted here.
 */

#include "arch/svm/svm.h"
#include "hv/guest.h"

#define FLAGS_VM (1u << 17)
#define LONGEST 15 /* bytes of an instruction, APM3 1.1 */

bool
svm_code_is_long (const struct vmcb *b)
{
	return b->efer & EFER_LMA && b->cs.attributes & SEGMENT_LONG;
}

u64
svm_linear (const struct vmcb *b, const struct vmcb_segment *s, u64 offset)
{
	/* 64-bit code has no bases but those of FS and GS (APM2 4.5.3). */
	if (svm_code_is_long (b))
		return offset;
	return (u32) (s->base + offset);
}

static bool
canonical (u64 linear)
{
	return (u64) ((s64) (linear << 16) >> 16) == linear; /* APM2 5.3.1 */
}

/*
 * Whether a data segment allows an access, APM2 4.12 and 14.1.3; 64-bit code has
 * no limits, but addresses that do not exist.
 */
bool
svm_segment_allows (const struct vmcb *b, const struct vmcb_segment *s,
		    u64 offset, unsigned int length, bool write)
{
	u64 last = offset + length - 1;
	u16 needed = write ? SEGMENT_WRITABLE : 0, a = s->attributes;

	if (svm_code_is_long (b))
		return canonical (offset) && canonical (last);
	if (!(b->cr0 & CR0_PE) || b->rflags & FLAGS_VM)
		return last <= s->limit;
	if (!(a & SEGMENT_PRESENT) || (a & needed) != needed ||
	    (write && a & SEGMENT_CODE))
		return false;
	if (a & SEGMENT_CODE || !(a & SEGMENT_DOWN))
		return last <= s->limit;
	return offset > s->limit && last <= (a & SEGMENT_BIG ? 0xFFFFFFFF :
					     0xFFFF);
}

static bool
is_prefix (u8 byte, bool rex)
{
	static const u8 legacy[] = {
		0x26, 0x2E, 0x36, 0x3E, 0x64, 0x65, 0x66, 0x67, 0xF0, 0xF2,
		0xF3,
	};
	unsigned int i;

	for (i = 0; i < sizeof legacy; i++)
		if (legacy[i] == byte)
			return true;
	return rex && byte >> 4 == 4;
}

void
svm_continue_at (struct svm_vcpu *v, u64 rip)
{
	v->vmcb->rip = svm_code_is_long (v->vmcb) ? rip : (u32) rip;
	v->vmcb->interrupt_shadow = 0; /* it lasts one instruction, 15.21.5 */
}

void
svm_skip (struct svm_vcpu *v, unsigned int opcode_length)
{
	bool rex = svm_code_is_long (v->vmcb);
	unsigned int prefixes;
	u64 physical;
	u8 byte;

	for (prefixes = 0; prefixes < LONGEST - opcode_length; prefixes++) {
		if (svm_translate (svm_linear (v->vmcb, &v->vmcb->cs,
					       v->vmcb->rip + prefixes),
				   false, &physical) ||
		    guest_copy_in (&byte, physical, 1) ||
		    !is_prefix (byte, rex))
			break;
	}
	svm_continue_at (v, v->vmcb->rip + prefixes + opcode_length);
}
