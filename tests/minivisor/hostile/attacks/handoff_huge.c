/* SPDX-License-Identifier: MIT */
/*
 * promise: a length of all ones overruns nothing
 * refused: hypercall 10
 * said: tcbsplit: handoff refused: wrong length
 * where: preguest
 * ends: handoff
 */

#include "hostile.h"

ATTACK (handoff_huge)
{
	u32 length = 0;
	const u8 *blob = module ("token", &length);

	hypercall (HC_HANDOFF, address_of (blob), length | 0xFFFFFFFF, 0);
}
