/* SPDX-License-Identifier: MIT */
/*
 * promise: the display's registers are out of reach
 * refused: port 1ce
 * refused: port 3c4
 */

#include "hostile.h"

ATTACK (video)
{
	port_out16 (0x1CE, 4);
	port_out16 (0x1CF, 0x41);
	port_out8 (0x3C4, 2);
	port_out8 (0x3C5, 0xFF);
}
