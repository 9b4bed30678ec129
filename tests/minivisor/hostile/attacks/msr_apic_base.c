/* SPDX-License-Identifier: MIT */
/*
 * promise: the interrupt controller is neither moved over memory nor
 *   switched to registers (APIC base)
 * refused: MSR 1b
 */

#include "hostile.h"

ATTACK (msr_apic_base)
{
	msr_attack (0x1B, address_of (decoy) | 0x900);
	msr_attack (0x1B, 0xFEE00000 | 0xD00); /* x2APIC */
}
