/* SPDX-License-Identifier: MIT */
/*
 * promise: SVME is neither seen nor set, LMA not by hand, reserved bits not
 *   at all
 * refused: MSR c0000080
 */

#include "hostile.h"

ATTACK (msr_efer)
{
	u32 bit;

	for (bit = 12; bit < 64; bit++)
		if (bit != 14)
			msr_set (0xC0000080, 1ull << bit);
	msr_set (0xC0000080, ~0ull);
	msr_set (0xC0000080, 0);
}
