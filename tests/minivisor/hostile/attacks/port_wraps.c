/* SPDX-License-Identifier: MIT */
/*
 * promise: an access that runs over port 0xFFFF does not come out at port 0
 * refused: port ffff
 * refused: port fffe
 * refused: port fffd
 */

#include "hostile.h"

ATTACK (port_wraps)
{
	port_out32 (0xFFFF, 0);
	port_out16 (0xFFFF, 0);
	port_out32 (0xFFFE, 0);
	port_in32 (0xFFFD);
}
