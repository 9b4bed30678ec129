/* SPDX-License-Identifier: MIT */
/*
 * promise: the floppy controller, which transfers by DMA, is out of reach
 * refused: port 3f2
 * refused: port 3f5
 */

#include "hostile.h"

ATTACK (floppy)
{
	port_out8 (0x3F2, 0x1C);
	port_out8 (0x3F5, 0x4A); /* READ ID */
	port_out8 (0x3F5, 0x00);
}
