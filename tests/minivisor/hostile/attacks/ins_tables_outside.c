/* SPDX-License-Identifier: MIT */
/*
 * promise: string input walks no page tables that are the hypervisor's
 *   memory
 * ends: fault
 */

#include "hostile.h"

ATTACK (ins_tables_outside)
{
	asm volatile ("movl %0, %%cr3\n\t"
				"movl %%cr0, %%ebx\n\t"
				"orl $0x80000000, %%ebx\n\t"
				"movl %%ebx, %%cr0\n\t"
				"insl" : : "r" (HV_NESTED & ~0xFFFu),
				"d" (0x100), "D" (decoy) : "ebx", "memory");
}
