/* SPDX-License-Identifier: MIT */
/*
 * promise: XCR0 and the upper halves of vector registers are made anew
 * where: preguest
 * silent: what a guest does to its own state is no offence
 */

#include "hostile.h"

ATTACK (leave_wide_vectors)
{
	u32 cr;

	asm volatile ("movl %%cr4, %0" : "=r" (cr));
	asm volatile ("movl %0, %%cr4" : : "r" (cr | 0x40600));
	asm volatile ("xsetbv" : : "a" (7), "d" (0), "c" (0));
}
