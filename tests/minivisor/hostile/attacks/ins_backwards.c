/* SPDX-License-Identifier: MIT */
/*
 * promise: a string that runs downwards stops at address 0
 * said: minivisor: refused: string address fffffffc
 */

#include "hostile.h"

static void
input (void *to)
{
	u32 count = 8;

	asm volatile ("std\n\trep insl\n\tcld" : "+D" (to), "+c" (count)
				: "d" (0x100) : "memory");
}

ATTACK (ins_backwards)
{
	exception_try (input, (void *) 8);
}
