/* SPDX-License-Identifier: MIT */
/*
 * promise: the emulator's own backdoor is closed
 * refused: port 5658
 */

#include "hostile.h"

ATTACK (backdoor)
{
	u32 a = 0x564D5868, c = 10, d = 0x5658, b = 0;

	asm volatile ("inl %%dx, %%eax" : "+a" (a), "+b" (b), "+c" (c),
				"+d" (d));
	*(u32 *) (void *) loot = b;
}
