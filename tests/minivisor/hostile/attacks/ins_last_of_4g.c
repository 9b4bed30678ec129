/* SPDX-License-Identifier: MIT */
/*
 * promise: 64-bit string input does not reach the last byte below 4 GiB
 * refused: address ffffffff
 * ends: shutdown
 */

#include "hostile.h"

ATTACK (ins_last_of_4g)
{
	struct long_call c = { 0, 0, 0, 0x100, 0, 0xFFFFFFFFull };

	long_insb (&c);
}
