/* SPDX-License-Identifier: MIT */
/*
 * promise: the global interrupt flag is not a guest's
 * refused: instruction of exit 84
 */

#include "hostile.h"

static void
execute (void *data)
{
	(void) data;
	asm volatile ("stgi");
}

ATTACK (stgi)
{
	exception_try (execute, NULL);
}
