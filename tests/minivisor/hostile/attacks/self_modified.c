/* SPDX-License-Identifier: MIT */
/*
 * promise: an instruction that a guest overwrites by the instruction itself
 *   moves nothing but the guest
 * refused: port 100
 */

#include "hostile.h"
#include "lib/string.h"

static void
run (void *code)
{
	u32 count = 3;
	void *to = code;

	asm volatile ("call *%2" : "+D" (to), "+c" (count)
				: "r" (code), "d" (0x100) : "memory");
}

ATTACK (self_modified)
{
	/* rep insb over the instruction and what follows; then RET. */
	static const u8 code[] = { 0xF3, 0x6C, 0x90, 0xC3 };

	memcpy (loot, code, sizeof code);
	memset (loot + 4, 0xC3, 64);
	exception_try (run, loot);
}
