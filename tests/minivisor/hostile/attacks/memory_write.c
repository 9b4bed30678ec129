/* SPDX-License-Identifier: MIT */
/*
 * promise: the hypervisor's code is not written
 * refused: address HV_TEXT
 */

#include "hostile.h"

ATTACK (memory_write)
{
	u32 i;

	for (i = 0; i < 64; i += 4)
		poke (HV_TEXT + i, 0xF4F4F4F4);
}
