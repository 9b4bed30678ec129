/* SPDX-License-Identifier: MIT */
/*
 * promise: a blob that is changed after it was refused is not heard
 * refused: hypercall 10
 * said: tcbsplit: handoff refused: sealed
 * where: preguest
 * ends: handoff
 */

#include "hostile.h"

ATTACK (handoff_rewritten)
{
	u32 length = 0;
	const u8 *blob = module ("token", &length);

	((u8 *) (uintptr_t) blob)[length - 1] ^= 1;
	hypercall (HC_HANDOFF, address_of (blob), length, 0);
	((u8 *) (uintptr_t) blob)[length - 1] ^= 1;
	hypercall (HC_HANDOFF, address_of (blob), length, 0);
}
