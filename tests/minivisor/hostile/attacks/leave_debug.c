/* SPDX-License-Identifier: MIT */
/*
 * promise: no debug register carries anything, or stops the next guest
 * where: preguest
 * silent: what a guest does to its own state is no offence
 */

#include "hostile.h"

ATTACK (leave_debug)
{
	u32 plant = 0x5EC2E7A5;

	asm volatile ("movl %0, %%dr0\n\tmovl %0, %%dr1\n\t"
				"movl %0, %%dr2\n\tmovl %0, %%dr3" : : "r" (plant));
	asm volatile ("movl %0, %%dr7" : : "r" (0x4AA));
}
