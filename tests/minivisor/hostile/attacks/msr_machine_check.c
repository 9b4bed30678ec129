/* SPDX-License-Identifier: MIT */
/*
 * promise: the reports of machine checks are not a guest's
 * refused: MSR 17a
 * refused: MSR 17b
 * refused: MSR 400
 */

#include "hostile.h"

ATTACK (msr_machine_check)
{
	msr_attack (0x17A, 0);
	msr_attack (0x17B, 0);
	msr_attack (0x400, 0);
}
