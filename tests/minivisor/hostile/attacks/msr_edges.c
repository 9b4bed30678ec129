/* SPDX-License-Identifier: MIT */
/*
 * promise: the ends of the permission map's ranges, and what lies beyond,
 *   are refused
 * refused: MSR 0
 * refused: MSR 1fff
 * refused: MSR 2000
 * refused: MSR bfffffff
 * refused: MSR c0001fff
 * refused: MSR c0002000
 * refused: MSR c000ffff
 * refused: MSR c0011fff
 * refused: MSR c0012000
 * refused: MSR 7fffffff
 * refused: MSR ffffffff
 */

#include "hostile.h"

ATTACK (msr_edges)
{
	static const u32 edges[] = {
		0, 0x1FFF, 0x2000, 0xBFFFFFFF, 0xC0001FFF, 0xC0002000,
		0xC000FFFF, 0xC0011FFF, 0xC0012000, 0x7FFFFFFF, 0xFFFFFFFF,
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE (edges); i++)
		msr_attack (edges[i], ~0ull);
}
