/* SPDX-License-Identifier: MIT */
/*
 * promise: branch records and performance counters, which see and outlive a
 *   guest, are closed
 * refused: MSR 1d9
 * refused: MSR c0010000
 * refused: MSR c0010004
 * refused: MSR c0010200
 */

#include "hostile.h"

ATTACK (msr_debug)
{
	msr_attack (0x1D9, 1);
	msr_attack (0xC0010000, 0x430076);
	msr_attack (0xC0010004, 0);
	msr_attack (0xC0010200, 0);
}
