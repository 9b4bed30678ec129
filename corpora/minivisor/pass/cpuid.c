/* SPDX-License-Identifier: MIT */
/* What the guest sees of the processor: everything but virtualisation. */

#include "hv/leaf.h"
#include "hv/unit.h"

#define LEAF_EXTENDED 0x80000001
#define LEAF_SVM 0x8000000A
#define FEATURE_SVM (1u << 2)
#define FEATURE_SKINIT (1u << 12)

static void
hide_svm (u32 leaf, u32 subleaf, struct cpuid_result *r)
{
	(void) leaf;
	(void) subleaf;
	r->ecx &= ~(FEATURE_SVM | FEATURE_SKINIT);
}

static void
hide_leaf (u32 leaf, u32 subleaf, struct cpuid_result *r)
{
	(void) leaf;
	(void) subleaf;
	*r = (struct cpuid_result) { 0, 0, 0, 0 };
}

static const struct {
	u32 leaf;
	cpuid_filter filter;
} policies[] = {
	{ LEAF_EXTENDED, hide_svm },
	{ LEAF_SVM, hide_leaf },
};

static int
pass_cpuid_init (void)
{
	unsigned int i;
	int error = 0;

	for (i = 0; i < ARRAY_SIZE (policies) && !error; i++)
		error = cpuid_register (policies[i].leaf, policies[i].filter);
	return error;
}

UNIT ("pass1", pass_cpuid_init);
