/* SPDX-License-Identifier: MIT */
/*
 * promise: a blob across the 4 GiB line is outside
 * refused: hypercall 10
 * said: tcbsplit: handoff refused: outside the guest's memory
 * where: preguest
 * ends: handoff
 */

#include "hostile.h"

ATTACK (handoff_line_4g)
{
	u32 length = 0;
	const u8 *blob = module ("token", &length);

	hypercall (HC_HANDOFF, 0xFFFFFFF0, length, 0);
	(void) blob;
}
