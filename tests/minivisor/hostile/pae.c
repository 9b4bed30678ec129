/* SPDX-License-Identifier: MIT */
/* Three-level paging, which reaches behind 4 GiB: APM2 5.2.2. */

#include "pae.h"

#define LARGE 0x200000ull
#define PRESENT_WRITABLE_LARGE 0x83
#define CR4_PAE 0x20u
#define CR0_PG 0x80000000u

static u64 pointers[4] __attribute__ ((aligned (32)));
static u64 directories[4][512] __attribute__ ((aligned (4096)));

void
paging_pae_on (u64 physical)
{
	u32 i, cr;

	for (i = 0; i < 2048; i++)
		directories[i / 512][i % 512] =
			i * LARGE | PRESENT_WRITABLE_LARGE;
	directories[WINDOW >> 30][(WINDOW >> 21) % 512] =
		(physical & ~(LARGE - 1)) | PRESENT_WRITABLE_LARGE;
	for (i = 0; i < 4; i++)
		pointers[i] = (u32) (uintptr_t) directories[i] | 1;
	asm volatile ("movl %%cr4, %0" : "=r" (cr));
	asm volatile ("movl %0, %%cr4" : : "r" (cr | CR4_PAE));
	asm volatile ("movl %0, %%cr3" : : "r" (pointers) : "memory");
	asm volatile ("movl %%cr0, %0" : "=r" (cr));
	asm volatile ("movl %0, %%cr0" : : "r" (cr | CR0_PG) : "memory");
}

void
paging_pae_off (void)
{
	u32 cr;

	asm volatile ("movl %%cr0, %0" : "=r" (cr));
	asm volatile ("movl %0, %%cr0" : : "r" (cr & ~CR0_PG) : "memory");
	asm volatile ("movl %%cr4, %0" : "=r" (cr));
	asm volatile ("movl %0, %%cr4" : : "r" (cr & ~CR4_PAE));
}
