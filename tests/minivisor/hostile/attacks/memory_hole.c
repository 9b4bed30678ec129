/* SPDX-License-Identifier: MIT */
/*
 * promise: video memory, system management memory and firmware below 1 MiB
 *   are not a guest's, by no way
 * refused: address a0000
 * refused: address b8000
 * refused: address c0000
 * refused: address fffff
 */

#include "hostile.h"

static void
input (void *to)
{
	asm volatile ("insl" : "+D" (to) : "d" (0x100) : "memory");
}

ATTACK (memory_hole)
{
	static const u32 places[] = { 0xA0000, 0xB8000, 0xC0000, 0xF0000, 0xFFFFF };
	u32 i, value;

	for (i = 0; i < ARRAY_SIZE (places); i++) {
		peek (places[i], &value);
		poke (places[i], 0xF4F4F4F4);
		exception_try (input, (void *) places[i]);
	}
	poke (0x9FFFE, 0xF4F4F4F4); /* straddles its beginning */
	exception_try (input, (void *) 0x9FFFE);
}
