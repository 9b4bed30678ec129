/* What the guest sees of the processor beyond the architecture's own needs. */

#include "hv/leaf.h"
#include "hv/unit.h"

#define LEAF_EXTENDED 0x80000001
#define LEAF_SVM 0x8000000A
#define FEATURE_SVM (1u << 2)

static void
hide_svm (u32 leaf, u32 subleaf, struct cpuid_result *r)
{
	(void) leaf;
	(void) subleaf;
	r->ecx &= ~FEATURE_SVM;
}

static void
hide_leaf (u32 leaf, u32 subleaf, struct cpuid_result *r)
{
	(void) leaf;
	(void) subleaf;
	r->eax = r->ebx = r->ecx = r->edx = 0;
}

static int
policy_init (void)
{
	int error;

	error = cpuid_register (LEAF_EXTENDED, hide_svm);
	if (!error)
		error = cpuid_register (LEAF_SVM, hide_leaf);
	return error;
}

UNIT ("pass1", policy_init);
