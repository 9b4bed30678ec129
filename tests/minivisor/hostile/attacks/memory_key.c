/* SPDX-License-Identifier: MIT */
/*
 * promise: the key schedule is not read
 * refused: address HV_KEY
 */

#include "hostile.h"

ATTACK (memory_key)
{
	steal (HV_KEY, 512);
}
