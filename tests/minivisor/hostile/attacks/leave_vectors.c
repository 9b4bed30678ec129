/* SPDX-License-Identifier: MIT */
/*
 * promise: no vector register carries anything to the next guest
 * where: preguest
 * silent: what a guest does to its own state is no offence
 */

#include "hostile.h"

ATTACK (leave_vectors)
{
	static const u32 plant[4] = { 0x5EC2E7A5, 0x5EC2E7A5, 0x5EC2E7A5,
								0x5EC2E7A5 };
	u32 cr;

	asm volatile ("movl %%cr4, %0" : "=r" (cr));
	asm volatile ("movl %0, %%cr4" : : "r" (cr | 0x600));
	asm volatile ("movups %0, %%xmm0\n\tmovups %0, %%xmm1\n\t"
				"movups %0, %%xmm7" : : "m" (plant));
	asm volatile ("ldmxcsr %0" : : "m" (*(const u32 []) { 0x1F00 }));
}
