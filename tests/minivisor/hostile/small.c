/* SPDX-License-Identifier: MIT */
/* Two-level paging with small pages: APM2 5.2.1. */

#include "small.h"

#define PRESENT_WRITABLE 3u
#define LARGE 0x80u
#define CR4_PSE 0x10u
#define CR0_PG 0x80000000u
#define CR0_WP 0x00010000u

static u32 directory[1024] __attribute__ ((aligned (4096)));
static u32 table[1024] __attribute__ ((aligned (4096)));

void
paging_small_on (void)
{
	u32 i, cr;

	for (i = 0; i < 1024; i++) {
		directory[i] = i << 22 | LARGE | PRESENT_WRITABLE;
		table[i] = i << 12 | PRESENT_WRITABLE;
	}
	directory[0] = (u32) (uintptr_t) table | PRESENT_WRITABLE;
	asm volatile ("movl %%cr4, %0" : "=r" (cr));
	asm volatile ("movl %0, %%cr4" : : "r" (cr | CR4_PSE));
	asm volatile ("movl %0, %%cr3" : : "r" (directory) : "memory");
	asm volatile ("movl %%cr0, %0" : "=r" (cr));
	asm volatile ("movl %0, %%cr0" : : "r" (cr | CR0_PG | CR0_WP)
		      : "memory");
}

void
paging_small_off (void)
{
	u32 cr;

	asm volatile ("movl %%cr0, %0" : "=r" (cr));
	asm volatile ("movl %0, %%cr0" : : "r" (cr & ~(CR0_PG | CR0_WP))
		      : "memory");
}

u32 *
paging_small_entry (u32 page)
{
	return &table[page];
}

void
paging_small_protect (u32 page)
{
	table[page] &= ~2u;
	asm volatile ("invlpg (%0)" : : "r" (page << 12) : "memory");
}
