/* SPDX-License-Identifier: MIT */
/*
 * promise: an access that ends at a passed port does not take the one before
 *   along
 * refused: port 1f
 * refused: port 3f7
 * refused: port 9f
 */

#include "hostile.h"

ATTACK (port_straddles_before)
{
	port_out16 (0x1F, 0xFF00);
	port_out16 (0x3F7, 0x0A00);
	port_in32 (0x9F);
}
