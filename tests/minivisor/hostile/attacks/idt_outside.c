/* SPDX-License-Identifier: MIT */
/*
 * promise: a guest whose descriptors are the hypervisor's memory is ended,
 *   and nothing is read there
 * ends: fault
 */

#include "hostile.h"

ATTACK (idt_outside)
{
	const struct {
		u16 limit;
		u32 base;
	} __attribute__ ((packed)) pointer = { 0xFFF, HV_TEXT & ~0xFFFu };

	asm volatile ("lidt %0\n\tint3" : : "m" (pointer));
}
