/* SPDX-License-Identifier: MIT */
/*
 * promise: a length is compared in all its bits
 * refused: hypercall 10
 * said: tcbsplit: handoff refused: wrong length
 * where: preguest
 * ends: handoff
 */

#include "hostile.h"

ATTACK (handoff_wide_length)
{
	u32 length = 0;
	const u8 *blob = module ("token", &length);

	struct long_call c = {
		HC_HANDOFF, address_of (blob), 0x100000000ull + length, 0, 0, 0,
	};

	long_vmmcall (&c);
}
