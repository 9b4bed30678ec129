/* SPDX-License-Identifier: MIT */
/*
 * Registers that VMRUN does not switch: debug addresses, task priority, and
 * the floating-point and vector state, which the hypervisor itself does not
 * use. Each guest finds them as after a reset (APM2 14.1.3, table 14-1).
 */

#include "arch/svm/svm.h"

#define CPUID_FEATURES 1
#define FEATURE_XSAVE (1u << 26)
#define CPUID_XSTATE 0xD
#define CR0_MP (1u << 1)
#define CR0_EM (1u << 2)
#define CR0_TS (1u << 3)
#define CR4_OSFXSR (1u << 9)
#define XCR0_RESET 1 /* x87 alone */

/* The image of FXSAVE and the header of XSAVE, APM2 11.4.4 and 11.5.2. */
struct extended_state {
	u16 control; /* FCW */
	u8 reserved0[22];
	u32 mxcsr;
	u8 reserved1[512 - 28];
	u64 present; /* XSTATE_BV: none, so that all take their initial values */
	u8 reserved2[64 - 8];
} __attribute__ ((aligned (64)));

_Static_assert (offsetof (struct extended_state, mxcsr) == 24, "FXSAVE");
_Static_assert (offsetof (struct extended_state, present) == 512, "XSAVE");

static const struct extended_state initial = {
	.control = 0x37F,
	.mxcsr = 0x1F80,
};

static void
xcr0_write (u32 low, u32 high)
{
	asm volatile ("xsetbv" : : "a" (low), "d" (high), "c" (0));
}

/* Every component that the processor has is switched on to be cleared. */
static void
xsave_reset (void)
{
	u32 a = CPUID_XSTATE, b, c = 0, d;

	asm volatile ("cpuid" : "+a" (a), "=b" (b), "+c" (c), "=d" (d));
	xcr0_write (a, d);
	asm volatile ("xrstor64 %0" : : "m" (initial), "a" (~0u), "d" (~0u));
	xcr0_write (XCR0_RESET, 0);
}

static void
vector_reset (void)
{
	u32 a = CPUID_FEATURES, b, c = 0, d;
	u64 cr0, cr4;

	asm volatile ("cpuid" : "+a" (a), "=b" (b), "+c" (c), "=d" (d));
	asm volatile ("movq %%cr0, %0" : "=r" (cr0));
	asm volatile ("movq %0, %%cr0" : :
		      "r" ((cr0 & ~(u64) (CR0_EM | CR0_TS)) | CR0_MP));
	asm volatile ("movq %%cr4, %0" : "=r" (cr4));
	cr4 |= CR4_OSFXSR | (c & FEATURE_XSAVE ? CR4_OSXSAVE : 0);
	asm volatile ("movq %0, %%cr4" : : "r" (cr4));
	asm volatile ("fxrstor64 %0" : : "m" (initial));
	if (c & FEATURE_XSAVE)
		xsave_reset ();
}

void
svm_extended_reset (void)
{
	const u64 zero = 0;
	u64 priority;

	asm volatile ("movq %0, %%dr0\n\t"
		      "movq %0, %%dr1\n\t"
		      "movq %0, %%dr2\n\t"
		      "movq %0, %%dr3" : : "r" (zero));
	/*
	 * Written only where a guest has changed it: QEMU 7.2 fails an
	 * assertion where CR8 is written while a virtual interrupt waits, which
	 * a nested machine meets.
	 */
	asm volatile ("movq %%cr8, %0" : "=r" (priority));
	if (priority)
		asm volatile ("movq %0, %%cr8" : : "r" (zero));
	vector_reset ();
}
