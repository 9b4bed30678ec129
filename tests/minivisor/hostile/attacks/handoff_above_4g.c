/* SPDX-License-Identifier: MIT */
/*
 * promise: the address is taken in all its bits
 * refused: hypercall 10
 * said: tcbsplit: handoff refused: outside the guest's memory
 * where: preguest
 * ends: handoff
 */

#include "hostile.h"

ATTACK (handoff_above_4g)
{
	u32 length = 0;
	const u8 *blob = module ("token", &length);

	struct long_call c = {
		HC_HANDOFF, 0x100000000ull + address_of (blob), length, 0, 0, 0,
	};

	long_vmmcall (&c);
}
