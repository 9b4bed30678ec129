/* SPDX-License-Identifier: MIT */
/*
 * promise: hidden state is not stored over the hypervisor
 * refused: instruction of exit 83
 */

#include "hostile.h"

static void
execute (void *data)
{
	(void) data;
	asm volatile ("vmsave" : : "a" (HV_TEXT & ~0xFFFu) : "memory");
}

ATTACK (vmsave)
{
	exception_try (execute, NULL);
}
