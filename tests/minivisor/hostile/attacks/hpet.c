/* SPDX-License-Identifier: MIT */
/*
 * promise: the HPET, whose interrupts are writes to any address, is out of
 *   reach
 * refused: address fed00010
 * refused: address fed00110
 */

#include "hostile.h"

ATTACK (hpet)
{
	poke (0xFED00110, HV_TEXT);
	poke (0xFED00100, 0x4004);
	poke (0xFED00010, 1);
}
