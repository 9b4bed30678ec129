/* SPDX-License-Identifier: MIT */
/*
 * Nested page tables, APM2 15.25: guest memory maps to itself, everything else
 * to nothing: the hypervisor above all, and devices, whose registers could move
 * memory or stop processors (APICs, HPET, PCI).
 */

#include "arch/svm/svm.h"
#include "hv/guest.h"

#define PAGE 4096ULL
#define LARGE 0x200000ULL
#define MAP_USER 0x7 /* present, writable, user: 15.25.5 */
#define MAP_LARGE 0x80

static u64 pml4[512] __attribute__ ((aligned (4096)));
static u64 pdpt[512] __attribute__ ((aligned (4096)));
static u64 directory[512] __attribute__ ((aligned (4096)));
static u64 low[512] __attribute__ ((aligned (4096))); /* with the hole */

_Static_assert (GUEST_RAM_SIZE <= 512 * LARGE, "one directory holds it");

u64
npt_init (void)
{
	u64 address;

	pml4[0] = (u64) (uintptr_t) pdpt | MAP_USER;
	pdpt[0] = (u64) (uintptr_t) directory | MAP_USER;
	directory[0] = (u64) (uintptr_t) low | MAP_USER;
	for (address = 0; address < LARGE; address += PAGE)
		if (address < GUEST_HOLE || address >= GUEST_HOLE_END)
			low[address / PAGE] = address | MAP_USER;
	for (; address < GUEST_RAM_SIZE; address += LARGE)
		directory[address / LARGE] = address | MAP_LARGE | MAP_USER;
	return (u64) (uintptr_t) pml4;
}
