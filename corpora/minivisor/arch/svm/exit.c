/* VM exits by code, APM2 appendix C. */

#include "arch/svm/svm.h"
#include "hv/console.h"
#include "hv/hypercall.h"
#include "hv/leaf.h"
#include "hv/timer.h"
#include "hv/vcpu.h"

struct exit_handler {
	u64 code;
	int (*handle) (struct svm_vcpu *v);
};

void
svm_inject (struct svm_vcpu *v, u8 vector, bool error_code)
{
	v->vmcb->event_injection = INJECT_VALID | INJECT_EXCEPTION | vector |
		(error_code ? INJECT_ERROR : 0);
}

static int
exit_cpuid (struct svm_vcpu *v)
{
	struct cpuid_result r;

	cpuid_dispatch ((u32) v->vmcb->rax, (u32) v->rcx, &r);
	v->vmcb->rax = r.eax;
	v->rbx = r.ebx;
	v->rcx = r.ecx;
	v->rdx = r.edx;
	v->vmcb->rip += 2; /* no next RIP from this processor: 0F A2 */
	return 0;
}

static int
exit_vmmcall (struct svm_vcpu *v)
{
	bool wide = v->vmcb->efer & EFER_LMA;
	u64 mask = wide ? ~0ULL : 0xFFFFFFFFULL;
	s64 result;

	result = hypercall_dispatch (v->vmcb->rax & mask, v->rbx & mask,
				     v->rcx & mask, v->rdx & mask);
	v->vmcb->rax = (u64) result & mask;
	v->vmcb->rip += 3; /* 0F 01 D9 */
	return 0;
}

static int
exit_shutdown (struct svm_vcpu *v)
{
	(void) v;
	vcpu_stop (VCPU_SHUTDOWN, 0);
	return 0;
}

/* Outside its memory the guest finds nothing: general protection. */
static int
exit_nested_fault (struct svm_vcpu *v)
{
	printf ("minivisor: guest touched %lx, refused\n",
		v->vmcb->exit_info2);
	svm_inject (v, VECTOR_GP, true);
	return 0;
}

static int
exit_svm_instruction (struct svm_vcpu *v)
{
	svm_inject (v, VECTOR_UD, false);
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
