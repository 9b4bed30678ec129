/* SPDX-License-Identifier: MIT */
/*
 * promise: a guest whose page tables are the hypervisor's memory is ended,
 *   and nothing is walked there
 * ends: fault
 */

#include "hostile.h"

ATTACK (cr3_outside)
{
	asm volatile ("movl %0, %%cr3\n\t"
				"movl %%cr0, %%eax\n\t"
				"orl $0x80000000, %%eax\n\t"
				"movl %%eax, %%cr0\n\t"
				"nop" : : "r" (HV_NESTED & ~0xFFFu) : "eax");
}
