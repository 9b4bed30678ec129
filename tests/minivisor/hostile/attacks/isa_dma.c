/* SPDX-License-Identifier: MIT */
/*
 * promise: the ISA DMA controllers are out of reach
 * refused: port b
 * refused: port 4
 * refused: port 81
 * refused: port a
 * refused: port d4
 * refused: port 481
 */

#include "hostile.h"

ATTACK (isa_dma)
{
	port_out8 (0x0C, 0);
	port_out8 (0x0B, 0x46); /* channel 2, to memory */
	port_out8 (0x04, 0);
	port_out8 (0x04, 0);
	port_out8 (0x05, 0xFF);
	port_out8 (0x05, 0x01);
	port_out8 (0x81, 0);
	port_out8 (0x481, HV_BASE >> 24);
	port_out8 (0x0A, 2);
	port_out8 (0xD4, 0);
}
