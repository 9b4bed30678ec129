/* SPDX-License-Identifier: MIT */
/* VM exits by code, APM2 appendix C. */

#include "arch/svm/svm.h"
#include "hv/console.h"
#include "hv/hypercall.h"
#include "hv/leaf.h"
#include "hv/refusal.h"
#include "hv/timer.h"
#include "hv/vcpu.h"
#include "lib/errno.h"

struct exit_handler {
	u64 code;
	int (*handle) (struct svm_vcpu *v);
};

#define LEAF_FEATURES 1
#define FEATURE_OSXSAVE (1u << 27)

static void
inject (struct svm_vcpu *v, u64 event)
{
	v->vmcb->event_injection = INJECT_VALID | INJECT_EXCEPTION | event;
}

void
svm_inject_undefined (struct svm_vcpu *v)
{
	inject (v, VECTOR_UD);
}

void
svm_inject_protection (struct svm_vcpu *v)
{
	inject (v, INJECT_ERROR | VECTOR_GP);
}

/* APM2 8.4.2. Always "not present": the guest looks for itself anyway. */
void
svm_inject_page_fault (struct svm_vcpu *v, u64 linear, bool write)
{
	u64 code = (write ? 2 : 0) | (v->vmcb->cpl == 3 ? 4 : 0);

	v->vmcb->cr2 = linear;
	inject (v, INJECT_ERROR | VECTOR_PF | code << 32);
}

static int
exit_cpuid (struct svm_vcpu *v)
{
	u32 leaf = (u32) v->vmcb->rax;
	struct cpuid_result r;

	cpuid_dispatch (leaf, (u32) v->rcx, &r);
	/* This bit mirrors CR4; the one asked for is the guest's. */
	if (leaf == LEAF_FEATURES)
		r.ecx = (r.ecx & ~FEATURE_OSXSAVE) |
			(v->vmcb->cr4 & CR4_OSXSAVE ? FEATURE_OSXSAVE : 0);
	v->vmcb->rax = r.eax;
	v->rbx = r.ebx;
	v->rcx = r.ecx;
	v->rdx = r.edx;
	svm_skip (v, 2); /* 0F A2 */
	return 0;
}

/* Only the guest's kernel may call; 32-bit callers have 32-bit arguments. */
static int
exit_vmmcall (struct svm_vcpu *v)
{
	u64 mask = v->vmcb->efer & EFER_LMA ? ~0ULL : 0xFFFFFFFFULL;
	s64 result = -EPERM;

	if (v->vmcb->cpl == 0)
		result = hypercall_dispatch (v->vmcb->rax & mask,
					     v->rbx & mask, v->rcx & mask,
					     v->rdx & mask);
	if (result < 0)
		refusal_report ("hypercall", v->vmcb->rax & mask);
	v->vmcb->rax = (u64) result & mask;
	svm_skip (v, 3); /* 0F 01 D9 */
	return 0;
}

static int
exit_shutdown (struct svm_vcpu *v)
{
	(void) v;
	vcpu_stop (VCPU_SHUTDOWN, 0);
	return 0;
}

/*
 * Outside its memory the guest finds nothing: general protection. A guest that
 * cannot even take an exception (its stack or tables are outside) is ended.
 */
static int
exit_nested_fault (struct svm_vcpu *v)
{
	refusal_report ("address", v->vmcb->exit_info2);
	if (v->vmcb->exit_interrupt_info & INJECT_VALID)
		return -EFAULT;
	svm_inject_protection (v);
	return 0;
}

/* As on a processor without SVM. */
static int
exit_svm_instruction (struct svm_vcpu *v)
{
	refusal_report ("instruction of exit", v->vmcb->exit_code);
	svm_inject_undefined (v);
	return 0;
}

/* It drops what caches hold of anybody's memory: refused. */
static int
exit_invd (struct svm_vcpu *v)
{
	refusal_report ("instruction of exit", v->vmcb->exit_code);
	svm_inject_protection (v);
	return 0;
}

static const struct exit_handler handlers[] = {
	{ EXIT_IOIO, svm_exit_io },
	{ EXIT_CPUID, exit_cpuid },
	{ EXIT_MSR, svm_exit_msr },
	{ EXIT_VMMCALL, exit_vmmcall },
	{ EXIT_NPF, exit_nested_fault },
	{ EXIT_SHUTDOWN, exit_shutdown },
	{ EXIT_VMRUN, exit_svm_instruction },
	{ EXIT_VMLOAD, exit_svm_instruction },
	{ EXIT_VMSAVE, exit_svm_instruction },
	{ EXIT_STGI, exit_svm_instruction },
	{ EXIT_CLGI, exit_svm_instruction },
	{ EXIT_SKINIT, exit_svm_instruction },
	{ EXIT_INVLPGA, exit_svm_instruction },
	{ EXIT_INVD, exit_invd },
};

int
svm_vmexit (struct svm_vcpu *v)
{
	unsigned int i;

	v->vmcb->tlb_control = 0;
	v->vmcb->event_injection = 0;
	for (i = 0; i < ARRAY_SIZE (handlers); i++)
		if (handlers[i].code == v->vmcb->exit_code)
			break;
	if (i == ARRAY_SIZE (handlers)) {
		printf ("minivisor: unexpected exit %lx\n",
			v->vmcb->exit_code);
		vcpu_stop (VCPU_FAULT, v->vmcb->exit_code);
	} else if (handlers[i].handle (v)) {
		vcpu_stop (VCPU_FAULT, v->vmcb->exit_code);
	}
	timer_poll ();
	return vcpu_stopping ();
}
