/* SPDX-License-Identifier: MIT */
/*
 * promise: an address at the end of all addresses does not wrap
 * refused: hypercall 10
 * said: tcbsplit: handoff refused: outside the guest's memory
 * where: preguest
 * ends: handoff
 */

#include "hostile.h"

ATTACK (handoff_wraps)
{
	u32 length = 0;
	const u8 *blob = module ("token", &length);

	struct long_call c = {
		HC_HANDOFF, ~0ull - length / 2, length, 0, 0, 0,
	};

	long_vmmcall (&c);
	(void) blob;
}
