/* SPDX-License-Identifier: MIT */
/*
 * promise: interrupts are not routed anew
 * refused: address fec00000
 * refused: address fec00010
 */

#include "hostile.h"

ATTACK (ioapic)
{
	poke (0xFEC00000, 0x10);
	poke (0xFEC00010, 0x400);
}
