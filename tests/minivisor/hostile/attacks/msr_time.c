/* SPDX-License-Identifier: MIT */
/*
 * promise: the hypervisor's clocks are not set by a guest (TSC, TSC ratio,
 *   TSC_AUX)
 * refused: MSR 10
 * refused: MSR c0000104
 * refused: MSR c0000103
 */

#include "hostile.h"

ATTACK (msr_time)
{
	msr_set (0x10, 0);
	msr_set (0xC0000104, 0);
	msr_set (0xC0000103, 0x5EC2E7);
}
