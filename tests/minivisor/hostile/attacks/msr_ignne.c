/* SPDX-License-Identifier: MIT */
/*
 * promise: IGNNE is not a guest's
 * refused: MSR c0010115
 */

#include "hostile.h"

ATTACK (msr_ignne)
{
	msr_attack (0xC0010115, 1);
}
