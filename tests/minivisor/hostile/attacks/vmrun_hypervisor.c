/* SPDX-License-Identifier: MIT */
/*
 * promise: nor the hypervisor's own control block
 * refused: instruction of exit 80
 */

#include "hostile.h"

static void
execute (void *data)
{
	(void) data;
	asm volatile ("vmrun" : : "a" ((HV_IMAGE_END - 0x2000) & ~0xFFFu) : "memory");
}

ATTACK (vmrun_hypervisor)
{
	exception_try (execute, NULL);
}
