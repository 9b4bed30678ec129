/* SPDX-License-Identifier: MIT */
/*
 * promise: only the guest's kernel calls the hypervisor
 * refused: hypercall 1
 * refused: hypercall 2
 * refused: hypercall 10
 */

#include "hostile.h"

static void
call (void *data)
{
	(void) data;
	hypercall (HC_PUTC, 'x', 0, 0);
	hypercall (HC_HANDOFF, 0x1000000, 304, 0);
	hypercall (HC_EXIT, 0, 0, 0);
}

ATTACK (user_vmmcall)
{
	user_call (call, NULL);
}
