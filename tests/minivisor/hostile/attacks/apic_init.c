/* SPDX-License-Identifier: MIT */
/*
 * promise: a processor is neither reset nor stopped by the interrupt
 *   controller: nobody starts without the hypervisor
 * refused: address fee00300
 */

#include "hostile.h"

ATTACK (apic_init)
{
	poke (0xFEE00310, 0);
	poke (0xFEE00300, 0x4500); /* INIT, to itself */
	poke (0xFEE00300, 0xC4500); /* to all others */
	poke (0xFEE00300, 0xC4608); /* start at 0x8000 */
}
