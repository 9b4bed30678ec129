/* SPDX-License-Identifier: MIT */
/*
 * promise: microcode is not loaded by a guest
 * refused: MSR c0010020
 * refused: MSR 79
 */

#include "hostile.h"

ATTACK (msr_microcode)
{
	msr_set (0xC0010020, address_of (loot));
	msr_set (0x79, address_of (loot));
}
