/* SPDX-License-Identifier: MIT */
/*
 * promise: what lies beside passed registers is not passed
 * refused: MSR 173
 * refused: MSR 177
 * refused: MSR c0000085
 * refused: MSR c00000ff
 * refused: MSR c0000103
 */

#include "hostile.h"

ATTACK (msr_neighbours)
{
	msr_attack (0x173, 1);
	msr_attack (0x177, 1);
	msr_attack (0xC0000085, 1);
	msr_attack (0xC00000FF, 1);
	msr_attack (0xC0000103, 1);
}
