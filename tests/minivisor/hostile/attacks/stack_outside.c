/* SPDX-License-Identifier: MIT */
/*
 * promise: a guest whose stack is the hypervisor's is ended, and nothing is
 *   pushed
 * ends: fault
 */

#include "hostile.h"

ATTACK (stack_outside)
{
	asm volatile ("movl %0, %%esp\n\tpushl $0\n\tud2" : :
				"r" (HV_STACK + 0xFF00));
}
