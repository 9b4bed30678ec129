/* SPDX-License-Identifier: MIT */
/* The virtual CPU's state at the guest's entry, APM2 15.5.1, appendix B. */

#include "arch/svm/svm.h"
#include "lib/string.h"

#define PAT_RESET 0x0007040600070406ULL /* APM2 7.8.1 */
#define MULTIBOOT_EAX 0x2BADB002
#define CR0_ET 0x10
#define FLAT_CODE 0xC9B
#define FLAT_DATA 0xC93
#define BUSY_TSS 0x8B
#define LDT 0x82

static struct vmcb vmcb __attribute__ ((aligned (4096)));
static u8 host_vmcb[4096] __attribute__ ((aligned (4096)));

struct svm_vcpu svm_vcpu;

static struct vmcb_segment
flat (u16 selector, u16 attributes)
{
	return (struct vmcb_segment) { selector, attributes, 0xFFFFFFFF, 0 };
}

static void
reset_control (struct vmcb *b)
{
	b->intercept_misc1 = INTERCEPT1_CPUID | INTERCEPT1_IOIO |
		INTERCEPT1_MSR | INTERCEPT1_SHUTDOWN | INTERCEPT1_INVD |
		INTERCEPT1_INVLPGA;
	b->intercept_misc2 = INTERCEPT2_VMRUN | INTERCEPT2_VMMCALL |
		INTERCEPT2_VMLOAD | INTERCEPT2_VMSAVE | INTERCEPT2_STGI |
		INTERCEPT2_CLGI | INTERCEPT2_SKINIT;
	b->iopm_base = svm_io_map ();
	b->msrpm_base = svm_msr_map ();
	b->asid = 1;
	b->tlb_control = 1; /* flush all: another guest may have run */
	b->nested_control = NESTED_PAGING;
	b->nested_cr3 = svm_nested_cr3;
	b->g_pat = PAT_RESET;
}

/* Multiboot 3.2: 32-bit flat, no paging, interrupts off. */
static void
reset_state (struct vmcb *b, u32 entry)
{
	b->cs = flat (8, FLAT_CODE);
	b->ds = b->es = b->ss = flat (16, FLAT_DATA);
	b->fs = b->gs = flat (16, FLAT_DATA);
	b->tr = (struct vmcb_segment) { 0, BUSY_TSS, 0xFFFF, 0 };
	b->ldtr = (struct vmcb_segment) { 0, LDT, 0xFFFF, 0 };
	b->efer = EFER_SVME; /* 15.5.1: must be set */
	b->cr0 = CR0_PE | CR0_ET;
	b->dr6 = 0xFFFF0FF0;
	b->dr7 = 0x400;
	b->rflags = 2;
	b->rip = entry;
	b->rax = MULTIBOOT_EAX;
}

void
svm_reset (u32 entry, u32 info)
{
	svm_extended_reset ();
	memset (&vmcb, 0, sizeof vmcb);
	memset (&svm_vcpu, 0, sizeof svm_vcpu);
	svm_vcpu.vmcb = &vmcb;
	svm_vcpu.vmcb_address = (u64) (uintptr_t) &vmcb;
	svm_vcpu.host_vmcb_address = (u64) (uintptr_t) host_vmcb;
	svm_vcpu.rbx = info;
	reset_control (&vmcb);
	reset_state (&vmcb, entry);
}
