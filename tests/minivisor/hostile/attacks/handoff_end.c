/* SPDX-License-Identifier: MIT */
/*
 * promise: a blob that is one byte too long for memory is outside
 * refused: hypercall 10
 * said: tcbsplit: handoff refused: outside the guest's memory
 * where: preguest
 * ends: handoff
 */

#include "hostile.h"
#include "lib/string.h"

ATTACK (handoff_end)
{
	u32 length = 0;
	const u8 *blob = module ("token", &length);

	memcpy ((u8 *) (uintptr_t) (RAM_END - length + 1), blob, length - 1);
	hypercall (HC_HANDOFF, RAM_END - length + 1, length, 0);
}
