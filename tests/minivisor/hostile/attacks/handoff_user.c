/* SPDX-License-Identifier: MIT */
/*
 * promise: a program without privilege does not hand over
 * refused: hypercall 10
 * where: preguest
 * ends: handoff
 */

#include "hostile.h"

static const u8 *given;
static u32 size;

static void
call (void *data)
{
	(void) data;
	hypercall (HC_HANDOFF, address_of (given), size, 0);
}

ATTACK (handoff_user)
{
	u32 length = 0;
	const u8 *blob = module ("token", &length);

	given = blob;
	size = length;
	user_call (call, NULL);
	hypercall (HC_EXIT, 0, 0, 0);
}
