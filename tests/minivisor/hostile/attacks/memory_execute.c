/* SPDX-License-Identifier: MIT */
/*
 * promise: the hypervisor's code is not executed by a guest
 * refused: address 8000000
 */

#include "hostile.h"

static void
jump (void *code)
{
	asm volatile ("call *%0" : : "r" (code) : "memory");
}

ATTACK (memory_execute)
{
	exception_try (jump, (void *) HV_BASE);
	exception_try (jump, (void *) HV_TEXT);
}
