/* SPDX-License-Identifier: MIT */
/*
 * promise: no task priority holds back the next guest's interrupts
 * where: preguest
 * silent: what a guest does to its own state is no offence
 */

#include "hostile.h"

ATTACK (leave_priority)
{
	struct long_call c = { 0, 0, 0, 0, 0, 0 };

	long_cr8 (&c);
}
