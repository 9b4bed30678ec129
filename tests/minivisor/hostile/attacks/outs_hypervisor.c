/* SPDX-License-Identifier: MIT */
/*
 * promise: string output does not read the hypervisor
 * refused: address 8000000
 */

#include "hostile.h"

static void
output (void *from)
{
	u32 count = 64;

	asm volatile ("rep outsl" : "+S" (from), "+c" (count) : "d" (0x1F2)
				: "memory");
}

ATTACK (outs_hypervisor)
{
	exception_try (output, (void *) HV_BASE);
	exception_try (output, (void *) HV_KEY);
}
