/* SPDX-License-Identifier: MIT */
/*
 * promise: the controls of speculation stay as the hypervisor has them
 * refused: MSR 48
 * refused: MSR 49
 * refused: MSR c001011f
 */

#include "hostile.h"

ATTACK (msr_speculation)
{
	msr_set (0x48, 0);
	msr_set (0x49, 1);
	msr_attack (0xC001011F, 0);
}
