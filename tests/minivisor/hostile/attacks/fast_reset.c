/* SPDX-License-Identifier: MIT */
/*
 * promise: a guest neither resets the machine by port 0x92 nor bends its
 *   addresses
 * refused: port 92
 */

#include "hostile.h"

ATTACK (fast_reset)
{
	port_out8 (0x92, 1);
	port_out8 (0x92, 0);
}
