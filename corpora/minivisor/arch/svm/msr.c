/* SPDX-License-Identifier: MIT */
/* MSR exits, APM2 15.11, and the guest's view of EFER and PAT. */

#include "arch/svm/svm.h"
#include "hv/leaf.h"
#include "hv/refusal.h"
#include "lib/errno.h"

#define EFER_SCE (1u << 0)
#define EFER_NXE (1u << 11)
#define EFER_FFXSR (1u << 14)
#define PAT_TYPES 0xF3 /* a bit for each that exists, APM2 7.8.1 */
#define EFER_GUEST \
	(EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE | EFER_FFXSR)

/* The guest does not see that SVM is on; VMRUN needs it to be (15.5.1). */
static int
efer_access (u32 msr, bool write, u64 *value)
{
	struct vmcb *b = svm_vcpu.vmcb;

	(void) msr;
	if (!write) {
		*value = b->efer & ~(u64) EFER_SVME;
		return 0;
	}
	/* SVME, and bits that VMRUN would find illegal. */
	if (*value & ~(u64) EFER_GUEST)
		return -EPERM;
	/* APM2 14.6.1: LME does not change while paging is on. */
	if (b->cr0 & CR0_PG && (*value ^ b->efer) & EFER_LME)
		return -EPERM;
	/* LMA follows LME and paging; the guest's writes do not change it. */
	b->efer = (*value & ~(u64) EFER_LMA) | (b->efer & EFER_LMA) |
		EFER_SVME;
	return 0;
}

/* The guest has its own (15.25.2); VMRUN refuses types that do not exist. */
static int
pat_access (u32 msr, bool write, u64 *value)
{
	struct vmcb *b = svm_vcpu.vmcb;
	int i;

	(void) msr;
	if (!write) {
		*value = b->g_pat;
		return 0;
	}
	for (i = 0; i < 64; i += 8)
		if (!((u8) (*value >> i) < 8 && PAT_TYPES >> (*value >> i & 7) & 1))
			return -EPERM;
	b->g_pat = *value;
	return 0;
}

int
svm_msr_init (void)
{
	int error = msr_register (MSR_EFER, efer_access);

	if (!error)
		error = msr_register (MSR_PAT, pat_access);
	return error;
}

int
svm_exit_msr (struct svm_vcpu *v)
{
	bool write = v->vmcb->exit_info1 & 1;
	u64 value = (v->rdx & 0xFFFFFFFF) << 32 | (u32) v->vmcb->rax;

	if (msr_dispatch ((u32) v->rcx, write, &value)) {
		refusal_report ("MSR", (u32) v->rcx);
		svm_inject_protection (v);
		return 0;
	}
	if (!write) {
		v->vmcb->rax = (u32) value;
		v->rdx = value >> 32;
	}
	svm_skip (v, 2); /* 0F 30, 0F 32 */
	return 0;
}
