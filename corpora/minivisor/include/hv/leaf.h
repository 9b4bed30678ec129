/* SPDX-License-Identifier: MIT */
#ifndef HV_LEAF_H
#define HV_LEAF_H

#include "lib/types.h"

/* Policies for CPUID leaves and model-specific registers. */

struct cpuid_result {
	u32 eax, ebx, ecx, edx;
};

typedef void (*cpuid_filter) (u32 leaf, u32 subleaf, struct cpuid_result *r);

/* 0, or negative errno: the guest gets #GP. */
typedef int (*msr_handler) (u32 msr, bool write, u64 *value);

int cpuid_register (u32 leaf, cpuid_filter filter);
void cpuid_dispatch (u32 leaf, u32 subleaf, struct cpuid_result *result);

/*
 * Answer for an MSR, or pass all of [first, last] to the hardware. Others are
 * refused. Nothing is registered once the guards are closed (hv/guard.h).
 */
int msr_register (u32 msr, msr_handler handler);
int msr_allow (u32 first, u32 last);
int msr_dispatch (u32 msr, bool write, u64 *value);

#endif
