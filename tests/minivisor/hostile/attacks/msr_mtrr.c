/* SPDX-License-Identifier: MIT */
/*
 * promise: memory types of physical addresses are not a guest's
 * refused: MSR 200
 * refused: MSR 201
 * refused: MSR 250
 * refused: MSR 2ff
 */

#include "hostile.h"

ATTACK (msr_mtrr)
{
	msr_attack (0x200, HV_BASE);
	msr_attack (0x201, 0xFF00000800ull);
	msr_attack (0x250, 0);
	msr_attack (0x2FF, 0);
}
