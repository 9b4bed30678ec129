/* SPDX-License-Identifier: MIT */
/*
 * promise: a guest does not leave a mode that it is not in
 * silent: the guest gets #UD
 */

#include "hostile.h"

static void
execute (void *data)
{
	(void) data;
	asm volatile ("rsm");
}

ATTACK (rsm)
{
	exception_try (execute, NULL);
}
