/* SPDX-License-Identifier: MIT */
/*
 * promise: an element of a string that runs over the end of memory is not
 *   taken
 * refused: address 4000000
 */

#include "hostile.h"

static void
input (void *to)
{
	asm volatile ("insl" : "+D" (to) : "d" (0x1F3) : "memory");
}

ATTACK (ins_end_of_memory)
{
	exception_try (input, (void *) (RAM_END - 2));
	exception_try (input, (void *) (RAM_END - 1));
	exception_try (input, (void *) 0xFFFFFFFE); /* and over 4 GiB */
}
