/* SPDX-License-Identifier: MIT */
/*
 * promise: the key schedule is not read
 */

#include "hostile.h"

ATTACK (memory_key)
{
	steal (HV_KEY, 512);
}
