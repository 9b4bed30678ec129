/* SPDX-License-Identifier: MIT */
/*
 * promise: a string of four thousand million elements does not hold the
 *   hypervisor, and ends with memory
 * refused: address 4000000
 */

#include "hostile.h"

static void
input (void *to)
{
	u32 count = 0xFFFFFFFF;

	asm volatile ("rep insl" : "+D" (to), "+c" (count) : "d" (0x100)
				: "memory");
}

ATTACK (ins_long)
{
	exception_try (input, (void *) (RAM_END - 0x10000));
}
