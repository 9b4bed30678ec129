/* SPDX-License-Identifier: MIT */
#ifndef ARCH_SVM_VMCB_H
#define ARCH_SVM_VMCB_H

#include "lib/types.h"

/* The virtual machine control block, APM2 appendix B. */

struct vmcb_segment {
	u16 selector, attributes;
	u32 limit;
	u64 base;
};

struct vmcb {
	/* Control area, table B-1. */
	u32 intercept_cr, intercept_dr, intercept_exceptions;
	u32 intercept_misc1, intercept_misc2, intercept_misc3;
	u8 reserved0[0x40 - 0x18];
	u64 iopm_base; /* 0x40 */
	u64 msrpm_base;
	u64 tsc_offset;
	u32 asid;
	u32 tlb_control;
	u64 virtual_interrupt; /* 0x60 */
	u64 interrupt_shadow;
	u64 exit_code; /* 0x70 */
	u64 exit_info1;
	u64 exit_info2;
	u64 exit_interrupt_info;
	u64 nested_control; /* 0x90 */
	u8 reserved1[0xA8 - 0x98];
	u64 event_injection; /* 0xA8 */
	u64 nested_cr3;
	u64 lbr_control;
	u32 clean, reserved2;
	u64 next_rip; /* 0xC8; not written without NRIPS */
	u8 reserved3[0x400 - 0xD0];
	/* State save area, table B-2. */
	struct vmcb_segment es, cs, ss, ds, fs, gs, gdtr, ldtr, idtr, tr;
	u8 reserved4[0x4CB - 0x4A0];
	u8 cpl; /* 0x4CB */
	u32 reserved5;
	u64 efer; /* 0x4D0 */
	u8 reserved6[0x548 - 0x4D8];
	u64 cr4, cr3, cr0, dr7, dr6, rflags, rip; /* 0x548 */
	u8 reserved7[0x5D8 - 0x580];
	u64 rsp; /* 0x5D8 */
	u8 reserved8[0x5F8 - 0x5E0];
	u64 rax; /* 0x5F8 */
	u64 star, lstar, cstar, sfmask, kernel_gs_base;
	u64 sysenter_cs, sysenter_esp, sysenter_eip, cr2;
	u8 reserved9[0x668 - 0x648];
	u64 g_pat; /* 0x668 */
	u8 reserved10[0x1000 - 0x670];
};

_Static_assert (offsetof (struct vmcb, exit_code) == 0x70, "control area");
_Static_assert (offsetof (struct vmcb, next_rip) == 0xC8, "control area");
_Static_assert (offsetof (struct vmcb, es) == 0x400, "save area");
_Static_assert (offsetof (struct vmcb, efer) == 0x4D0, "save area");
_Static_assert (offsetof (struct vmcb, rip) == 0x578, "save area");
_Static_assert (offsetof (struct vmcb, rax) == 0x5F8, "save area");
_Static_assert (offsetof (struct vmcb, g_pat) == 0x668, "save area");
_Static_assert (sizeof (struct vmcb) == 0x1000, "a page");

/* Intercepts, offset 0x0C and 0x10. */
#define INTERCEPT1_CPUID (1u << 18)
#define INTERCEPT1_INVD (1u << 22)
#define INTERCEPT1_INVLPGA (1u << 26)
#define INTERCEPT1_IOIO (1u << 27)
#define INTERCEPT1_MSR (1u << 28)
#define INTERCEPT1_SHUTDOWN (1u << 31)
#define INTERCEPT2_VMRUN (1u << 0)
#define INTERCEPT2_VMMCALL (1u << 1)
#define INTERCEPT2_VMLOAD (1u << 2)
#define INTERCEPT2_VMSAVE (1u << 3)
#define INTERCEPT2_STGI (1u << 4)
#define INTERCEPT2_CLGI (1u << 5)
#define INTERCEPT2_SKINIT (1u << 6)

/* Exit codes, APM2 appendix C. */
#define EXIT_CPUID 0x72
#define EXIT_INVD 0x76
#define EXIT_INVLPGA 0x7A
#define EXIT_IOIO 0x7B
#define EXIT_MSR 0x7C
#define EXIT_SHUTDOWN 0x7F
#define EXIT_VMRUN 0x80
#define EXIT_VMMCALL 0x81
#define EXIT_VMLOAD 0x82
#define EXIT_VMSAVE 0x83
#define EXIT_STGI 0x84
#define EXIT_CLGI 0x85
#define EXIT_SKINIT 0x86
#define EXIT_NPF 0x400

#define NESTED_PAGING 1

/* Segment attributes, 15.5.1: descriptor bits 40 to 47 and 52 to 55. */
#define SEGMENT_WRITABLE 0x2 /* of data */
#define SEGMENT_DOWN 0x4
#define SEGMENT_CODE 0x8
#define SEGMENT_PRESENT 0x80
#define SEGMENT_LONG 0x200
#define SEGMENT_BIG 0x400

/* EVENTINJ, APM2 15.20. */
#define INJECT_VALID (1ULL << 31)
#define INJECT_ERROR (1ULL << 11)
#define INJECT_EXCEPTION (3ULL << 8)
#define VECTOR_UD 6
#define VECTOR_GP 13
#define VECTOR_PF 14

#endif
