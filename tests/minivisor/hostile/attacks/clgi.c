/* SPDX-License-Identifier: MIT */
/*
 * promise: a guest does not switch off the interrupts of the machine
 * refused: instruction of exit 85
 */

#include "hostile.h"

static void
execute (void *data)
{
	(void) data;
	asm volatile ("clgi");
}

ATTACK (clgi)
{
	exception_try (execute, NULL);
}
