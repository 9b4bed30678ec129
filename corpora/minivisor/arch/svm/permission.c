/* SPDX-License-Identifier: MIT */
/* Permission maps: I/O ports (APM2 15.10.1) and MSRs (15.11). */

#include "arch/svm/svm.h"
#include "lib/string.h"

static u8 io_map[3 * 4096] __attribute__ ((aligned (4096)));
static u8 msr_map[2 * 4096] __attribute__ ((aligned (4096)));

u64
svm_io_map (void)
{
	return (u64) (uintptr_t) io_map;
}

u64
svm_msr_map (void)
{
	return (u64) (uintptr_t) msr_map;
}

/* Everything is intercepted that is not passed by name. */
void
svm_permission_init (void)
{
	memset (io_map, 0xFF, sizeof io_map);
	memset (msr_map, 0xFF, sizeof msr_map);
}

/* One bit a port. */
void
svm_pass_port (u16 port)
{
	io_map[port / 8] &= (u8) ~(1 << port % 8);
}

/* Two bits an MSR, three ranges of 0x2000 MSRs, 0x800 bytes each. */
void
svm_pass_msr (u32 msr)
{
	static const u32 bases[] = { 0, 0xC0000000, 0xC0010000 };
	unsigned int i, bit;

	for (i = 0; i < ARRAY_SIZE (bases); i++) {
		if (msr - bases[i] >= 0x2000)
			continue;
		bit = (msr - bases[i]) * 2;
		msr_map[i * 0x800 + bit / 8] &= (u8) ~(3 << bit % 8);
	}
}
