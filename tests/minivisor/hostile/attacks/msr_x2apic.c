/* SPDX-License-Identifier: MIT */
/*
 * promise: no interrupt is sent by registers: INIT, SMI and NMI least of all
 * refused: MSR 830
 * refused: MSR 80b
 * refused: MSR 83f
 */

#include "hostile.h"

ATTACK (msr_x2apic)
{
	msr_set (0x830, 0x4500); /* INIT, to itself */
	msr_set (0x830, 0x4200); /* SMI */
	msr_set (0x830, 0x4400); /* NMI */
	msr_set (0x80B, 0);
	msr_set (0x83F, 0x30);
}
