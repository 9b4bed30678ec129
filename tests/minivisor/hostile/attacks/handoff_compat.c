/* SPDX-License-Identifier: MIT */
/*
 * promise: in compatibility mode a wrong address is as wrong
 * refused: hypercall 10
 * said: tcbsplit: handoff refused: outside the guest's memory
 * where: preguest
 * ends: handoff
 */

#include "hostile.h"

ATTACK (handoff_compat)
{
	u32 length = 0;
	const u8 *blob = module ("token", &length);

	struct long_call c = {
		HC_HANDOFF, RAM_END, length, 0, 0, 0,
	};

	compat_vmmcall (&c);
	(void) blob;
}
