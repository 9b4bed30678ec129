/* SPDX-License-Identifier: MIT */
/*
 * promise: CPUID tells of no virtualisation, at no leaf, and every leaf
 *   answers
 * silent: CPUID has no refusals
 */

#include "hostile.h"

ATTACK (cpuid_edges)
{
	static const u32 leaves[] = {
		0, 1, 0xD, 0x3FFFFFFF, 0x40000000, 0x40000001, 0x7FFFFFFF,
		0x80000000, 0x80000001, 0x8000000A, 0x8000001F, 0x80000020,
		0xC0000000, 0xFFFFFFFF,
	};
	u32 i, a, b, c, d, sub;

	for (i = 0; i < ARRAY_SIZE (leaves); i++)
		for (sub = 0; sub < 3; sub++) {
			a = leaves[i];
			c = sub == 2 ? 0xFFFFFFFF : sub;
			asm volatile ("cpuid" : "+a" (a), "=b" (b),
						"+c" (c), "=d" (d));
			if (leaves[i] == 0x80000001)
				decoy[0] ^= c & 0x1004 ? 1 : 0;
			if (leaves[i] == 0x8000000A)
				decoy[1] ^= a | b | c | d ? 1 : 0;
		}
}
