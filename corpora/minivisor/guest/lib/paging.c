/* SPDX-License-Identifier: MIT */
/* 32-bit paging with large pages, APM2 5.2.1. */

#include "guest/lib/paging.h"

#define LARGE_SHIFT 22
#define PRESENT_WRITABLE_LARGE 0x83
#define CR4_PSE 0x10
#define CR0_PG 0x80000000u

static u32 directory[1024] __attribute__ ((aligned (4096)));

void
paging_on (void)
{
	u32 i, cr;

	for (i = 0; i < ARRAY_SIZE (directory); i++)
		directory[i] = i << LARGE_SHIFT | PRESENT_WRITABLE_LARGE;
	directory[PAGING_ALIAS >> LARGE_SHIFT] = PRESENT_WRITABLE_LARGE;
	asm volatile ("movl %%cr4, %0" : "=r" (cr));
	asm volatile ("movl %0, %%cr4" : : "r" (cr | CR4_PSE));
	asm volatile ("movl %0, %%cr3" : : "r" (directory) : "memory");
	asm volatile ("movl %%cr0, %0" : "=r" (cr));
	asm volatile ("movl %0, %%cr0" : : "r" (cr | CR0_PG) : "memory");
}

void
paging_off (void)
{
	u32 cr;

	asm volatile ("movl %%cr0, %0" : "=r" (cr));
	asm volatile ("movl %0, %%cr0" : : "r" (cr & ~CR0_PG) : "memory");
}
