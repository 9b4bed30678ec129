/* SPDX-License-Identifier: MIT */
/* Finds SVM and switches it on; APM2 15.4. */

#include "arch/svm/descriptors.h"
#include "arch/svm/svm.h"
#include "hv/cpu_ops.h"
#include "lib/errno.h"

#define CPUID_EXTENDED 0x80000001
#define CPUID_SVM (1u << 2)
#define CPUID_SVM_FEATURES 0x8000000A
#define CPUID_NESTED_PAGING (1u << 0)
#define VM_CR_SVMDIS (1u << 4)

static u8 host_save[4096] __attribute__ ((aligned (4096)));

u64 svm_nested_cr3;

static void
cpuid (u32 leaf, u32 *ecx, u32 *edx)
{
	u32 a = leaf, b;

	*ecx = 0;
	asm volatile ("cpuid" : "+a" (a), "=b" (b), "+c" (*ecx), "=d" (*edx));
}

static bool
svm_probe (void)
{
	u32 ecx, edx;

	cpuid (CPUID_EXTENDED, &ecx, &edx);
	if (!(ecx & CPUID_SVM))
		return false;
	cpuid (CPUID_SVM_FEATURES, &ecx, &edx);
	return edx & CPUID_NESTED_PAGING;
}

static int
svm_init (void)
{
	descriptors_init ();
	if (msr_read (MSR_VM_CR) & VM_CR_SVMDIS)
		return -ENODEV;
	msr_write (MSR_EFER, msr_read (MSR_EFER) | EFER_SVME);
	msr_write (MSR_VM_HSAVE_PA, (u64) (uintptr_t) host_save);
	svm_nested_cr3 = npt_init ();
	svm_permission_init ();
	return svm_msr_init ();
}

static void
svm_run (void)
{
	svm_run_loop (&svm_vcpu);
}

const struct cpu_ops svm_ops = {
	.name = "AMD SVM",
	.probe = svm_probe,
	.init = svm_init,
	.reset = svm_reset,
	.run = svm_run,
	.pass_port = svm_pass_port,
	.pass_msr = svm_pass_msr,
};
