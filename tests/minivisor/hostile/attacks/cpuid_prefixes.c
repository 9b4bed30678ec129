/* SPDX-License-Identifier: MIT */
/*
 * promise: instructions are decoded at their longest, and at the end of
 *   memory
 * silent: CPUID has no refusals
 */

#include "hostile.h"
#include "lib/string.h"

static void
run (void *code)
{
	u32 a = 0, b, c = 0, d;

	asm volatile ("call *%4" : "+a" (a), "=b" (b), "+c" (c), "=d" (d)
				: "r" (code) : "memory");
}

ATTACK (cpuid_prefixes)
{
	static const u8 long_one[] = {
		0x2E, 0x36, 0x3E, 0x26, 0x64, 0x65, 0x66, 0x67, 0x2E, 0x36,
		0x3E, 0x26, 0x64, 0x0F, 0xA2, 0xC3,
	};
	u8 *end = (u8 *) (uintptr_t) (RAM_END - 3);

	memcpy (loot, long_one, sizeof long_one);
	exception_try (run, loot);
	memcpy (end, long_one + 13, 3);
	exception_try (run, end);
	memcpy (end + 1, long_one + 13, 2); /* what follows is outside */
	exception_try (run, end + 1);
}
