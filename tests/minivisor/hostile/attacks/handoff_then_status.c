/* SPDX-License-Identifier: MIT */
/*
 * promise: a guest that hands over and ends with an error is not trusted
 * where: preguest
 * ends: handoff
 */

#include "hostile.h"

ATTACK (handoff_then_status)
{
	u32 length = 0;
	const u8 *blob = module ("token", &length);

	hypercall (HC_HANDOFF, address_of (blob), length, 0);
	hypercall (HC_EXIT, 0xFFFFFFFF, 0, 0);
}
