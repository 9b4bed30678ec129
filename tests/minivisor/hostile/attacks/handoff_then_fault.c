/* SPDX-License-Identifier: MIT */
/*
 * promise: a guest that hands over and then fails is not trusted
 * where: preguest
 * ends: fault
 */

#include "hostile.h"

ATTACK (handoff_then_fault)
{
	u32 length = 0;
	const u8 *blob = module ("token", &length);

	hypercall (HC_HANDOFF, address_of (blob), length, 0);
	asm volatile ("movl %0, %%esp\n\tpushl $0\n\tud2" : :
				"r" (HV_STACK + 0xFF00));
}
