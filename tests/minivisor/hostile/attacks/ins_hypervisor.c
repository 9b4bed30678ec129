/* SPDX-License-Identifier: MIT */
/*
 * promise: string input does not write the hypervisor
 * refused: address 8000000
 */

#include "hostile.h"

static void
input (void *to)
{
	u32 count = 64;

	asm volatile ("rep insl" : "+D" (to), "+c" (count) : "d" (0x1F7)
				: "memory");
}

ATTACK (ins_hypervisor)
{
	exception_try (input, (void *) HV_BASE);
	exception_try (input, (void *) HV_TEXT);
}
