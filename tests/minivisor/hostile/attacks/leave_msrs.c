/* SPDX-License-Identifier: MIT */
/*
 * promise: no model-specific register carries anything to the next guest
 * where: preguest
 * silent: what a guest does to its own state is no offence
 */

#include "hostile.h"

ATTACK (leave_msrs)
{
	static const u32 numbers[] = {
		0xC0000081, 0xC0000082, 0xC0000083, 0xC0000084, 0xC0000102,
		0x174, 0x175, 0x176,
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE (numbers); i++)
		msr_set (numbers[i], 0x5EC2E7A5);
	msr_set (0x277, 0);
	msr_set (0xC0000080, 0x801);
}
