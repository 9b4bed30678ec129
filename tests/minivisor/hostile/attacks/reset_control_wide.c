/* SPDX-License-Identifier: MIT */
/*
 * promise: a wide write over the reset register is refused as a whole
 * refused: port cf8
 * refused: port cf7
 */

#include "hostile.h"

ATTACK (reset_control_wide)
{
	port_out16 (0xCF8, 0x0600);
	port_out32 (0xCF7, 0x00060000);
	port_out32 (0xCF6, 0x06000000);
}
