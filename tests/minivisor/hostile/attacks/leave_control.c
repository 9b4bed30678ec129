/* SPDX-License-Identifier: MIT */
/*
 * promise: no control register and no descriptor carries anything
 * where: preguest
 * silent: what a guest does to its own state is no offence
 */

#include "hostile.h"

ATTACK (leave_control)
{
	u32 plant = 0x5EC2E7A5;

	asm volatile ("movl %0, %%cr2" : : "r" (plant));
	asm volatile ("movl %0, %%cr3" : : "r" (plant & ~0xFFFu));
}
