/* SPDX-License-Identifier: MIT */
/*
 * promise: 64-bit string input has no destination at an address that does
 *   not exist
 * refused: string address 8000000000000000
 * ends: shutdown
 */

#include "hostile.h"

ATTACK (ins_not_canonical)
{
	struct long_call c = {
		0, 0, 0, 0x100, 0, 0x8000000000000000ull,
	};

	long_insb (&c);
}
