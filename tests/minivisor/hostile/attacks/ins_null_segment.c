/* SPDX-License-Identifier: MIT */
/*
 * promise: string input has no destination without a segment
 * silent: the guest gets #GP
 */

#include "hostile.h"

static void
input (void *to)
{
	asm volatile ("movl %1, %%es\n\tinsl" : "+D" (to)
				: "r" (0), "d" (0x100) : "memory");
}

ATTACK (ins_null_segment)
{
	exception_try (input, decoy);
	asm volatile ("movl %0, %%es" : : "r" (16));
}
