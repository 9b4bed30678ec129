/* SPDX-License-Identifier: MIT */
/*
 * promise: no floating-point register carries anything to the next guest
 * where: preguest
 * silent: what a guest does to its own state is no offence
 */

#include "hostile.h"

ATTACK (leave_float)
{
	static const u64 plant = 0x5EC2E7A55EC2E7A5ull;
	static const u16 control = 0x0C7F;

	asm volatile ("fninit\n\tfildll %0\n\tfldcw %1" : :
				"m" (plant), "m" (control));
}
