/* Switches SVM on and makes the virtual CPU; APM2 15.4, 15.5. */

#include "arch/svm/svm.h"
#include "hv/cpu_ops.h"
#include "hv/vcpu.h"
#include "lib/errno.h"
#include "lib/string.h"

#define CPUID_EXTENDED 0x80000001
#define CPUID_SVM (1u << 2)
#define CPUID_SVM_FEATURES 0x8000000A
#define CPUID_NESTED_PAGING (1u << 0)
#define VM_CR_SVMDIS (1u << 4)
#define PAT_RESET 0x0007040600070406ULL

static struct vmcb vmcb __attribute__ ((aligned (4096)));
static u8 host_vmcb[4096] __attribute__ ((aligned (4096)));
static u8 host_save[4096] __attribute__ ((aligned (4096)));

struct svm_vcpu svm_vcpu;

static u64 nested_cr3;

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
	if (msr_read (MSR_VM_CR) & VM_CR_SVMDIS)
		return -ENODEV;
	msr_write (MSR_EFER, msr_read (MSR_EFER) | EFER_SVME);
	msr_write (MSR_VM_HSAVE_PA, (u64) (uintptr_t) host_save);
	nested_cr3 = npt_init ();
	svm_vcpu.vmcb = &vmcb;
	svm_vcpu.vmcb_address = (u64) (uintptr_t) &vmcb;
	svm_vcpu.host_vmcb_address = (u64) (uintptr_t) host_vmcb;
	return svm_msr_init ();
}

static struct vmcb_segment
segment (u16 selector, u16 attributes)
{
	return (struct vmcb_segment) { selector, attributes, 0xFFFFFFFF, 0 };
}

/* Multiboot 3.2: 32-bit flat, no paging, interrupts off. */
static void
svm_reset (u32 entry, u32 info)
{
	u64 keep1 = svm_vcpu.vmcb_address, keep2 = svm_vcpu.host_vmcb_address;

	memset (&vmcb, 0, sizeof vmcb);
	memset (&svm_vcpu, 0, sizeof svm_vcpu);
	svm_vcpu.vmcb = &vmcb;
	svm_vcpu.vmcb_address = keep1;
	svm_vcpu.host_vmcb_address = keep2;
	vmcb.intercept_misc1 = INTERCEPT1_CPUID | INTERCEPT1_IOIO |
		INTERCEPT1_MSR | INTERCEPT1_SHUTDOWN;
	vmcb.intercept_misc2 = INTERCEPT2_VMRUN | INTERCEPT2_VMMCALL |
		INTERCEPT2_VMLOAD | INTERCEPT2_VMSAVE | INTERCEPT2_STGI |
		INTERCEPT2_CLGI | INTERCEPT2_SKINIT;
	vmcb.iopm_base = svm_io_map ();
	vmcb.msrpm_base = svm_msr_map ();
	vmcb.asid = 1;
	vmcb.tlb_control = 1; /* flush all: another guest may have run */
	vmcb.nested_control = NESTED_PAGING;
	vmcb.nested_cr3 = nested_cr3;
	vmcb.cs = segment (8, 0xC9B); /* code, readable, 32 bit */
	vmcb.ds = vmcb.es = vmcb.ss = segment (16, 0xC93);
	vmcb.fs = vmcb.gs = segment (16, 0xC93);
	vmcb.tr = (struct vmcb_segment) { 0, 0x8B, 0xFFFF, 0 };
	vmcb.ldtr = (struct vmcb_segment) { 0, 0x82, 0xFFFF, 0 };
	vmcb.efer = EFER_SVME; /* APM2 15.5.1: must be set */
	vmcb.cr0 = CR0_PE | 0x10;
	vmcb.dr6 = 0xFFFF0FF0;
	vmcb.dr7 = 0x400;
	vmcb.rflags = 2;
	vmcb.rip = entry;
	vmcb.rax = 0x2BADB002;
	vmcb.g_pat = PAT_RESET;
	svm_vcpu.rbx = info;
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
	.translate = svm_translate,
	.intercept_port = svm_intercept_port,
	.intercept_msr = svm_intercept_msr,
};
