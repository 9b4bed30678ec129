/* SPDX-License-Identifier: MIT */
/*
 * promise: the hypervisor speaks on, whatever a guest does to the serial
 *   port
 * refused: hypercall 7778
 */

#include "hostile.h"

ATTACK (serial_loop)
{
	port_out8 (0x3FB, 0x83); /* divisor 0 */
	port_out8 (0x3F8, 0);
	port_out8 (0x3F9, 0);
	port_out8 (0x3FB, 0x03);
	port_out8 (0x3FA, 0x00);
	hypercall (0x7778, 0, 0, 0);
	port_out8 (0x3FB, 0x83);
	port_out8 (0x3F8, 1);
	port_out8 (0x3FB, 0x03);
}
