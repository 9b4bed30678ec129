/* SPDX-License-Identifier: MIT */
/*
 * promise: hidden state is not loaded from memory
 * refused: instruction of exit 82
 */

#include "hostile.h"

static void
execute (void *data)
{
	(void) data;
	asm volatile ("vmload" : : "a" (HV_BASE) : "memory");
}

ATTACK (vmload)
{
	exception_try (execute, NULL);
}
