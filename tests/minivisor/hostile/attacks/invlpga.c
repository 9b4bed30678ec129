/* SPDX-License-Identifier: MIT */
/*
 * promise: a guest does not drop translations of others
 * refused: instruction of exit 7a
 */

#include "hostile.h"

static void
execute (void *data)
{
	(void) data;
	asm volatile ("invlpga" : : "a" (0), "c" (0));
}

ATTACK (invlpga)
{
	exception_try (execute, NULL);
}
