/* SPDX-License-Identifier: MIT */
/*
 * promise: system management memory and its keys are not a guest's to move
 * refused: MSR c0010111
 * refused: MSR c0010112
 * refused: MSR c0010113
 * refused: MSR c0010116
 * refused: MSR c0010119
 */

#include "hostile.h"

ATTACK (msr_smm)
{
	msr_attack (0xC0010111, 0x30000);
	msr_attack (0xC0010112, 0);
	msr_attack (0xC0010113, 0);
	msr_attack (0xC0010116, 0);
	msr_attack (0xC0010119, 0);
}
