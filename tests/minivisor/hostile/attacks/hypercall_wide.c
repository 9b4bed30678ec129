/* SPDX-License-Identifier: MIT */
/*
 * promise: upper halves of registers select no handler and no memory
 * refused: hypercall 100000010
 * refused: hypercall ffffffff00000002
 * refused: hypercall 8000000000000000
 */

#include "hostile.h"

ATTACK (hypercall_wide)
{
	static const u64 numbers[] = {
		0x100000010ull, 0xFFFFFFFF00000002ull, 0x8000000000000000ull,
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE (numbers); i++) {
		struct long_call c = {
			numbers[i], ~0ull, ~0ull, ~0ull, ~0ull, ~0ull,
		};

		long_vmmcall (&c);
	}
}
