/* SPDX-License-Identifier: MIT */
/*
 * promise: string input does not write to a segment that is for reading
 * silent: the guest gets #GP
 */

#include "hostile.h"

static void
input (void *to)
{
	asm volatile ("movl %1, %%es\n\tinsl" : "+D" (to)
				: "r" (24), "d" (0x100) : "memory");
}

ATTACK (ins_read_only_segment)
{
	static const u64 gdt[] __attribute__ ((aligned (8))) = {
		0, 0x00CF9A000000FFFFull, 0x00CF92000000FFFFull,
		0x00CF90000000FFFFull,
	};
	const struct {
		u16 limit;
		u32 base;
	} __attribute__ ((packed)) mine = { sizeof gdt - 1, address_of (gdt) };

	asm volatile ("lgdt %0" : : "m" (mine));
	exception_try (input, decoy);
	asm volatile ("movl %0, %%es" : : "r" (16));
}
