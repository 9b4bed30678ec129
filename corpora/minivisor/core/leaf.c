/* SPDX-License-Identifier: MIT */
/* Handlers of CPUID leaves and model-specific registers. */

#include "hv/cpu_ops.h"
#include "hv/guard.h"
#include "hv/leaf.h"
#include "lib/errno.h"

struct cpuid_entry {
	u32 leaf;
	cpuid_filter filter;
};

struct msr_entry {
	u32 msr;
	msr_handler handler;
};

static struct cpuid_entry leaves[8];
static unsigned int leaf_count;
static struct msr_entry msrs[16];
static unsigned int msr_count;

int
cpuid_register (u32 leaf, cpuid_filter filter)
{
	if (guards_closed ())
		return -EPERM;
	if (leaf_count == ARRAY_SIZE (leaves))
		return -ENOSPC;
	leaves[leaf_count++] = (struct cpuid_entry) { leaf, filter };
	return 0;
}

void
cpuid_dispatch (u32 leaf, u32 subleaf, struct cpuid_result *r)
{
	unsigned int i;

	asm volatile ("cpuid" : "=a" (r->eax), "=b" (r->ebx), "=c" (r->ecx),
		      "=d" (r->edx) : "a" (leaf), "c" (subleaf));
	for (i = 0; i < leaf_count; i++)
		if (leaves[i].leaf == leaf)
			leaves[i].filter (leaf, subleaf, r);
}

int
msr_register (u32 msr, msr_handler handler)
{
	if (guards_closed ())
		return -EPERM;
	if (msr_count == ARRAY_SIZE (msrs))
		return -ENOSPC;
	msrs[msr_count++] = (struct msr_entry) { msr, handler };
	return 0;
}

int
msr_allow (u32 first, u32 last)
{
	u32 msr;

	if (guards_closed ())
		return -EPERM;
	for (msr = first; msr <= last; msr++)
		cpu_ops->pass_msr (msr);
	return 0;
}

int
msr_dispatch (u32 msr, bool write, u64 *value)
{
	unsigned int i;

	for (i = 0; i < msr_count; i++)
		if (msrs[i].msr == msr)
			return msrs[i].handler (msr, write, value);
	return -EPERM;
}
