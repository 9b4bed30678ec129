/* SPDX-License-Identifier: MIT */
/*
 * promise: no extended state is switched on that is not made anew (XSS)
 * refused: MSR da0
 */

#include "hostile.h"

ATTACK (msr_xss)
{
	msr_set (0xDA0, ~0ull);
}
