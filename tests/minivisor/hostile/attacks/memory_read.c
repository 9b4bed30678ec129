/* SPDX-License-Identifier: MIT */
/*
 * promise: the hypervisor's code is not read
 * refused: address 8000000
 */

#include "hostile.h"

ATTACK (memory_read)
{
	steal (HV_BASE, 4);
	steal (HV_TEXT & ~0xFFFu, PAGE);
}
