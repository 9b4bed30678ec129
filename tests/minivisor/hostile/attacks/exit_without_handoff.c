/* SPDX-License-Identifier: MIT */
/*
 * promise: a guest that only ends hands over nothing
 * where: preguest
 * ends: handoff
 */

#include "hostile.h"

ATTACK (exit_without_handoff)
{
	u32 length = 0;
	const u8 *blob = module ("token", &length);

	hypercall (HC_EXIT, length - length, 0, 0);
	(void) blob;
}
