/* SPDX-License-Identifier: MIT */
/*
 * promise: a guest that hands over and then shuts down is not trusted
 * where: preguest
 * ends: shutdown
 */

#include "hostile.h"

ATTACK (handoff_then_shutdown)
{
	u32 length = 0;
	const u8 *blob = module ("token", &length);

	hypercall (HC_HANDOFF, address_of (blob), length, 0);
	asm volatile ("lidt %0\n\tud2" : : "m" (*(const u64 []) { 0 }));
}
