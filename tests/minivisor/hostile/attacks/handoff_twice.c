/* SPDX-License-Identifier: MIT */
/*
 * promise: a second handoff is none
 * refused: hypercall 10
 * said: tcbsplit: handoff refused: sealed
 * where: preguest
 * ends: handoff
 */

#include "hostile.h"

ATTACK (handoff_twice)
{
	u32 length = 0;
	const u8 *blob = module ("token", &length);

	hypercall (HC_HANDOFF, address_of (blob), length, 0);
	hypercall (HC_HANDOFF, address_of (blob), length, 0);
}
