/* SPDX-License-Identifier: MIT */
/*
 * promise: a guest does not start a secure loader of its own
 * refused: instruction of exit 86
 */

#include "hostile.h"

static void
execute (void *data)
{
	(void) data;
	asm volatile ("skinit" : : "a" (0x10000));
}

ATTACK (skinit)
{
	exception_try (execute, NULL);
}
