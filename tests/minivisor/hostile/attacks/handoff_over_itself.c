/* SPDX-License-Identifier: MIT */
/*
 * promise: a blob over the tables and the stack of its sender is no blob
 * refused: hypercall 10
 * said: tcbsplit: handoff refused: corrupted
 * where: preguest
 * ends: handoff
 */

#include "hostile.h"

ATTACK (handoff_over_itself)
{
	u32 length = 0;
	const u8 *blob = module ("token", &length);

	hypercall (HC_HANDOFF, address_of (&length) - length / 2, length, 0);
	(void) blob;
}
