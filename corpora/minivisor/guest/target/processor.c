/* SPDX-License-Identifier: MIT */
/* SVM is hidden, and stays out of reach. */

#include "guest/lib/exception.h"
#include "guest/lib/report.h"
#include "guest/target/target.h"
#include "lib/string.h"
#include "lib/types.h"

#define LEAF_EXTENDED 0x80000001
#define LEAF_SVM 0x8000000A
#define FEATURE_SVM 0x4
#define MSR_EFER 0xC0000080
#define MSR_VM_CR 0xC0010114
#define MSR_VM_HSAVE_PA 0xC0010117
#define EFER_NXE 0x800
#define EFER_SVME 0x1000

struct leaf {
	u32 a, b, c, d;
};

struct msr {
	u32 number, low, high;
};

static struct leaf
cpuid (u32 number)
{
	struct leaf l;

	asm volatile ("cpuid" : "=a" (l.a), "=b" (l.b), "=c" (l.c),
		      "=d" (l.d) : "a" (number), "c" (0));
	return l;
}

/* The same instruction behind two prefixes without meaning. */
static struct leaf
cpuid_prefixed (u32 number)
{
	struct leaf l;

	asm volatile (".byte 0x3E, 0x66\n\tcpuid" : "=a" (l.a), "=b" (l.b),
		      "=c" (l.c), "=d" (l.d) : "a" (number), "c" (0));
	return l;
}

static void
read_msr (void *data)
{
	struct msr *m = data;

	asm volatile ("rdmsr" : "=a" (m->low), "=d" (m->high)
		      : "c" (m->number));
}

static void
write_msr (void *data)
{
	const struct msr *m = data;

	asm volatile ("wrmsr" : : "a" (m->low), "d" (m->high),
		      "c" (m->number));
}

static void
run_nested (void *data)
{
	asm volatile ("vmrun" : : "a" (data) : "memory");
}

static bool
msr_refused (u32 number)
{
	struct msr m = { number, 0, 0 };

	return exception_try (read_msr, &m) == EXCEPTION_GP &&
		exception_try (write_msr, &m) == EXCEPTION_GP;
}

static void
test_efer (void)
{
	struct msr m = { MSR_EFER, 0, 0 };

	report ("EFER is readable, SVME is not seen",
		exception_try (read_msr, &m) == EXCEPTION_NONE &&
		!(m.low & EFER_SVME));
	m.low |= EFER_SVME;
	report ("EFER.SVME cannot be set",
		exception_try (write_msr, &m) == EXCEPTION_GP);
	m.low = EFER_NXE;
	report ("EFER.NXE can be set",
		exception_try (write_msr, &m) == EXCEPTION_NONE &&
		exception_try (read_msr, &m) == EXCEPTION_NONE &&
		m.low == EFER_NXE);
}

void
test_processor (void)
{
	struct leaf svm = cpuid (LEAF_SVM);
	struct leaf plain = cpuid (LEAF_EXTENDED);
	struct leaf prefixed = cpuid_prefixed (LEAF_EXTENDED);

	report ("CPUID hides SVM", !(plain.c & FEATURE_SVM));
	report ("CPUID is the same behind prefixes",
		!memcmp (&plain, &prefixed, sizeof plain));
	report ("CPUID's SVM leaf is empty",
		!(svm.a | svm.b | svm.c | svm.d));
	test_efer ();
	report ("VM_CR refused", msr_refused (MSR_VM_CR));
	report ("VM_HSAVE_PA refused", msr_refused (MSR_VM_HSAVE_PA));
	report ("VMRUN is undefined",
		exception_try (run_nested, NULL) == EXCEPTION_UD);
}
