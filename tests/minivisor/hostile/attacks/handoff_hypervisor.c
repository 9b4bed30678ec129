/* SPDX-License-Identifier: MIT */
/*
 * promise: the hypervisor's memory is no blob
 * refused: hypercall 10
 * said: tcbsplit: handoff refused: outside the guest's memory
 * where: preguest
 * ends: handoff
 */

#include "hostile.h"

ATTACK (handoff_hypervisor)
{
	u32 length = 0;
	const u8 *blob = module ("token", &length);

	hypercall (HC_HANDOFF, HV_KEY, length, 0);
	(void) blob;
}
