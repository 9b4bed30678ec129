/* SPDX-License-Identifier: MIT */
/*
 * promise: an access that begins at a passed port does not reach the port
 *   behind
 * refused: port 400
 * refused: port 22
 * refused: port 44
 */

#include "hostile.h"

ATTACK (port_straddles_passed)
{
	port_out32 (0x3FF, 0);
	port_in16 (0x3FF);
	port_out16 (0x21, 0xFFFF);
	port_out16 (0x43, 0x00FF);
	port_out8 (0x43, 0x30);
}
