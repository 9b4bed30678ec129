/* SPDX-License-Identifier: MIT */
/*
 * promise: the length is exact
 * refused: hypercall 10
 * said: tcbsplit: handoff refused: wrong length
 * where: preguest
 * ends: handoff
 */

#include "hostile.h"

ATTACK (handoff_short)
{
	u32 length = 0;
	const u8 *blob = module ("token", &length);

	hypercall (HC_HANDOFF, address_of (blob), length - 1, 0);
}
