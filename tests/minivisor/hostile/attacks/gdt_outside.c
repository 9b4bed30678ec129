/* SPDX-License-Identifier: MIT */
/*
 * promise: no descriptor is loaded from the hypervisor's memory, nor marked
 *   there
 * ends: fault
 */

#include "hostile.h"

static void
load (void *data)
{
	const struct {
		u16 limit;
		u32 base;
	} __attribute__ ((packed)) outside = { 0xFFF, HV_TEXT & ~0xFFFu };
	struct {
		u16 limit;
		u32 base;
	} __attribute__ ((packed)) mine;

	(void) data;
	asm volatile ("sgdt %0" : "=m" (mine));
	asm volatile ("lgdt %0\n\tmovl $0x40, %%eax\n\tmovl %%eax, %%fs"
				: : "m" (outside) : "eax");
	asm volatile ("lgdt %0" : : "m" (mine));
}

ATTACK (gdt_outside)
{
	exception_try (load, NULL);
}
