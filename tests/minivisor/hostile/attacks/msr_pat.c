/* SPDX-License-Identifier: MIT */
/*
 * promise: VMRUN is not given a memory type that does not exist
 * refused: MSR 277
 */

#include "hostile.h"

ATTACK (msr_pat)
{
	msr_set (0x277, 0x0202020202020202ull);
	msr_set (0x277, ~0ull);
	msr_set (0x277, 0x0007040600070408ull);
}
