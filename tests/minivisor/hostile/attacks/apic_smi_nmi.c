/* SPDX-License-Identifier: MIT */
/*
 * promise: no system management interrupt, no NMI
 * refused: address fee00300
 * refused: address fee00350
 */

#include "hostile.h"

ATTACK (apic_smi_nmi)
{
	poke (0xFEE00300, 0x4200);
	poke (0xFEE00300, 0x4400);
	poke (0xFEE00350, 0x400); /* LINT0 as NMI */
}
