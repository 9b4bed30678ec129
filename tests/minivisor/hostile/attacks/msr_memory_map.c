/* SPDX-License-Identifier: MIT */
/*
 * promise: the address map of the machine stays (SYSCFG, TOP_MEM, IORRs)
 * refused: MSR c0010010
 * refused: MSR c001001a
 * refused: MSR c001001d
 * refused: MSR c0010016
 */

#include "hostile.h"

ATTACK (msr_memory_map)
{
	msr_attack (0xC0010010, 0);
	msr_attack (0xC001001A, 0x1000000);
	msr_attack (0xC001001D, 0);
	msr_attack (0xC0010016, HV_BASE);
}
