/* SPDX-License-Identifier: MIT */
/*
 * promise: there is nothing behind the guest's memory
 * refused: address 4000000
 * refused: address 4000001
 * refused: address bfffffff
 * refused: address c0000000
 * refused: address ffffffff
 */

#include "hostile.h"

ATTACK (memory_behind)
{
	static const u32 places[] = {
		0x4000000, 0x4000001, 0x8000000 - 4, 0xBFFFFFFF, 0xC0000000,
		0xFFFFFFFF,
	};
	u32 i, value;

	for (i = 0; i < ARRAY_SIZE (places); i++) {
		peek (places[i], &value);
		poke (places[i], 0);
	}
	poke (RAM_END - 2, 0xFFFFFFFF); /* straddles the end */
	poke (RAM_END - 4, 0);
}
