/* SPDX-License-Identifier: MIT */
/*
 * promise: a guest does not drop what caches hold of the hypervisor's memory
 *   (QEMU, which has none, takes INVD for WBINVD: nothing is said)
 * silent: QEMU has no caches
 */

#include "hostile.h"

static void
execute (void *data)
{
	(void) data;
	asm volatile ("invd");
}

ATTACK (invd)
{
	exception_try (execute, NULL);
}
