/* SPDX-License-Identifier: MIT */
/*
 * promise: no byte of memory carries anything to the next guest
 * where: preguest
 * silent: what a guest does to its own state is no offence
 */

#include "hostile.h"

ATTACK (leave_memory)
{
	static const u32 places[] = {
		0x500, 0x9F000, 0xA0000, 0xB8000, 0xC8000, 0xE0000, 0xFFFF0,
		0x1000000 + 0x100000, 0x2000000, 0x3FFFF00, RAM_END - 16,
	};
	u32 i, j;

	for (i = 0; i < ARRAY_SIZE (places); i++)
		for (j = 0; j < 16; j += 4)
			poke (places[i] + j, 0x5EC2E7A5);
}
