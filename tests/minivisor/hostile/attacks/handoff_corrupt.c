/* SPDX-License-Identifier: MIT */
/*
 * promise: a bit that changed after the digest was made is found
 * refused: hypercall 10
 * said: tcbsplit: handoff refused: corrupted
 * where: preguest
 * ends: handoff
 */

#include "hostile.h"

ATTACK (handoff_corrupt)
{
	u32 length = 0;
	const u8 *blob = module ("token", &length);

	((u8 *) (uintptr_t) blob)[100] ^= 1;
	hypercall (HC_HANDOFF, address_of (blob), length, 0);
}
