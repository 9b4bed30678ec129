/* SPDX-License-Identifier: MIT */
#ifndef ARCH_SVM_SVM_H
#define ARCH_SVM_SVM_H

#include "arch/svm/vcpu_words.h"
#include "arch/svm/vmcb.h"
#include "lib/types.h"

#define MSR_PAT 0x277
#define MSR_EFER 0xC0000080
#define MSR_VM_CR 0xC0010114
#define MSR_VM_HSAVE_PA 0xC0010117

#define EFER_LME (1u << 8)
#define EFER_LMA (1u << 10)
#define EFER_SVME (1u << 12)
#define CR0_PE (1u << 0)
#define CR0_WP (1u << 16)
#define CR0_PG (1u << 31)
#define CR4_PSE (1u << 4)
#define CR4_PAE (1u << 5)
#define CR4_OSXSAVE (1u << 18)

/* The virtual CPU. */
struct svm_vcpu {
#define WORD(name) u64 name;
	SVM_VCPU_WORDS (WORD)
#undef WORD
	struct vmcb *vmcb;
};

extern struct svm_vcpu svm_vcpu;

static inline u64
msr_read (u32 msr)
{
	u32 low, high;

	asm volatile ("rdmsr" : "=a" (low), "=d" (high) : "c" (msr));
	return (u64) high << 32 | low;
}

static inline void
msr_write (u32 msr, u64 value)
{
	asm volatile ("wrmsr" : : "a" ((u32) value),
		      "d" ((u32) (value >> 32)), "c" (msr));
}

/* vmrun.S: run until svm_vmexit () returns nonzero. */
void svm_run_loop (struct svm_vcpu *v);

/* Called from assembly on every VM exit; nonzero ends the loop. */
int svm_vmexit (struct svm_vcpu *v);

/* vcpu.c: the state at a guest's entry. */
void svm_reset (u32 entry, u32 info);

/* extended.c: the registers that VMRUN does not switch, as after a reset. */
void svm_extended_reset (void);

/* npt.c; init.c keeps the root. */
u64 npt_init (void);
extern u64 svm_nested_cr3;

/* permission.c */
u64 svm_io_map (void);
u64 svm_msr_map (void);
void svm_permission_init (void);
void svm_pass_port (u16 port);
void svm_pass_msr (u32 msr);

/*
 * walk.c: -EACCES where the guest's page tables do not allow it, -EFAULT where
 * they are not in the guest's memory.
 */
int svm_translate (u64 linear, bool write, u64 *physical);

/* decode.c */
bool svm_code_is_long (const struct vmcb *b);
u64 svm_linear (const struct vmcb *b, const struct vmcb_segment *s,
		u64 offset);
bool svm_segment_allows (const struct vmcb *b, const struct vmcb_segment *s,
			 u64 offset, unsigned int length, bool write);
void svm_continue_at (struct svm_vcpu *v, u64 rip);
void svm_skip (struct svm_vcpu *v, unsigned int opcode_length);

/* io.c, msr.c: exits by duty */
int svm_exit_io (struct svm_vcpu *v);
int svm_exit_msr (struct svm_vcpu *v);
int svm_msr_init (void);

/* Give the guest an exception: #UD, #GP (0), #PF. */
void svm_inject_undefined (struct svm_vcpu *v);
void svm_inject_protection (struct svm_vcpu *v);
void svm_inject_page_fault (struct svm_vcpu *v, u64 linear, bool write);

#endif
