/* SPDX-License-Identifier: MIT */
/*
 * promise: a guest that cannot take an exception is ended; the machine is
 *   not reset
 * ends: shutdown
 */

#include "hostile.h"

ATTACK (triple_fault)
{
	const struct {
		u16 limit;
		u32 base;
	} __attribute__ ((packed)) none = { 0, 0 };

	asm volatile ("lidt %0\n\tud2" : : "m" (none));
}
