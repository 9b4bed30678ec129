/* SPDX-License-Identifier: MIT */
/*
 * promise: a wide access that begins before the channel does not get around
 *   it
 * refused: port 1ed
 * refused: port 1ef
 * refused: port 1ee
 * refused: port 3f5
 * where: target
 */

#include "hostile.h"

ATTACK (ata_before)
{
	port_out32 (0x1ED, 0xFF000000);
	port_out16 (0x1EF, 0xFFFF);
	port_in32 (0x1EE);
	port_out16 (0x3F5, 0x0400);
}
