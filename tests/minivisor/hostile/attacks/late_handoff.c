/* SPDX-License-Identifier: MIT */
/*
 * promise: the target does not hand over
 * refused: hypercall 10
 * where: target
 */

#include "hostile.h"

ATTACK (late_handoff)
{
	static u8 blob[304];

	hypercall (HC_HANDOFF, address_of (blob), sizeof blob, 0);
	hypercall (HC_HANDOFF, 0, 0, 0);
	hypercall (HC_HANDOFF, HV_KEY, 304, 0);
}
