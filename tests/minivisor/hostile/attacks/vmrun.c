/* SPDX-License-Identifier: MIT */
/*
 * promise: a guest does not run guests
 * refused: instruction of exit 80
 */

#include "hostile.h"

static void
execute (void *data)
{
	(void) data;
	asm volatile ("vmrun" : : "a" (decoy) : "memory");
}

ATTACK (vmrun)
{
	exception_try (execute, NULL);
}
