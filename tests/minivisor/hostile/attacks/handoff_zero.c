/* SPDX-License-Identifier: MIT */
/*
 * promise: no bytes are no handoff
 * refused: hypercall 10
 * said: tcbsplit: handoff refused: wrong length
 * where: preguest
 * ends: handoff
 */

#include "hostile.h"

ATTACK (handoff_zero)
{
	u32 length = 0;
	const u8 *blob = module ("token", &length);

	hypercall (HC_HANDOFF, address_of (blob), length - length, 0);
}
