/* SPDX-License-Identifier: MIT */
/*
 * promise: a number without a handler does nothing, at every extreme
 * refused: hypercall 3
 * refused: hypercall f
 * refused: hypercall 11
 * refused: hypercall 7fffffff
 * refused: hypercall 80000000
 * refused: hypercall ffffffff
 */

#include "hostile.h"

ATTACK (hypercall_numbers)
{
	static const u32 numbers[] = {
		3, 0xF, 0x11, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF,
	};
	static const u32 values[] = { 0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF };
	u32 i, j;

	for (i = 0; i < ARRAY_SIZE (numbers); i++)
		for (j = 0; j < ARRAY_SIZE (values); j++)
			hypercall (numbers[i], values[j], values[4 - j],
					values[j]);
}
