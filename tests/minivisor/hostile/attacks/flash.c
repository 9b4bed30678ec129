/* SPDX-License-Identifier: MIT */
/*
 * promise: firmware is neither read nor written
 * refused: address fffffff0
 * refused: address fffc0000
 */

#include "hostile.h"

ATTACK (flash)
{
	poke (0xFFFFFFF0, 0xF4F4F4F4);
	poke (0xFFFC0000, 0x40);
}
