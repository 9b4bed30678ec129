/* SPDX-License-Identifier: MIT */
/*
 * promise: a blob that begins at the last byte of memory is outside
 * refused: hypercall 10
 * said: tcbsplit: handoff refused: outside the guest's memory
 * where: preguest
 * ends: handoff
 */

#include "hostile.h"

ATTACK (handoff_last_byte)
{
	u32 length = 0;
	const u8 *blob = module ("token", &length);

	*(u8 *) (uintptr_t) (RAM_END - 1) = blob[0];
	hypercall (HC_HANDOFF, RAM_END - 1, length, 0);
}
