/* MSR exits, APM2 15.11, and what the guest may do with SVM's own registers. */

#include "arch/svm/svm.h"
#include "hv/leaf.h"
#include "lib/errno.h"

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
	if (*value & EFER_SVME)
		return -EPERM;
	/* LMA follows LME and paging; the guest's writes do not change it. */
	b->efer = (*value & ~(u64) EFER_LMA) | (b->efer & EFER_LMA) |
		EFER_SVME;
	return 0;
}

static int
refused_access (u32 msr, bool write, u64 *value)
{
	(void) msr;
	(void) write;
	(void) value;
	return -EPERM;
}

int
svm_msr_init (void)
{
	static const struct {
		u32 msr;
		msr_handler handler;
	} table[] = {
		{ MSR_EFER, efer_access },
		{ MSR_VM_CR, refused_access },
		{ MSR_VM_HSAVE_PA, refused_access },
	};
	unsigned int i;
	int error = 0;

	for (i = 0; i < ARRAY_SIZE (table) && !error; i++)
		error = msr_register (table[i].msr, table[i].handler);
	return error;
}

int
svm_exit_msr (struct svm_vcpu *v)
{
	bool write = v->vmcb->exit_info1 & 1;
	u64 value = (v->rdx & 0xFFFFFFFF) << 32 | (u32) v->vmcb->rax;

	if (msr_dispatch ((u32) v->rcx, write, &value)) {
		svm_inject (v, VECTOR_GP, true);
		return 0;
	}
	if (!write) {
		v->vmcb->rax = (u32) value;
		v->rdx = value >> 32;
	}
	v->vmcb->rip += 2; /* 0F 30, 0F 32 */
	return 0;
}
