/* SPDX-License-Identifier: MIT */
/*
 * Nested page tables, APM2 15.25: guest memory and device space map to
 * themselves, everything else (the hypervisor above all) to nothing.
 */

#include "arch/svm/svm.h"
#include "hv/guest.h"

#define LARGE 0x200000ULL
#define FOUR_GIB 0x100000000ULL
#define MAP_USER 0x7 /* present, writable, user: 15.25.5 */
#define MAP_LARGE 0x80
#define MAP_UNCACHED 0x10

static u64 pml4[512] __attribute__ ((aligned (4096)));
static u64 pdpt[512] __attribute__ ((aligned (4096)));
static u64 directories[4][512] __attribute__ ((aligned (4096)));

u64
npt_init (void)
{
	u64 address;
	unsigned int i;

	pml4[0] = (u64) (uintptr_t) pdpt | MAP_USER;
	for (i = 0; i < 4; i++)
		pdpt[i] = (u64) (uintptr_t) directories[i] | MAP_USER;
	for (address = 0; address < FOUR_GIB; address += LARGE) {
		u64 *entry = &directories[address >> 30][address / LARGE % 512];

		if (address < GUEST_RAM_SIZE)
			*entry = address | MAP_LARGE | MAP_USER;
		else if (address >= GUEST_DEVICES)
			*entry = address | MAP_LARGE | MAP_USER | MAP_UNCACHED;
	}
	return (u64) (uintptr_t) pml4;
}
