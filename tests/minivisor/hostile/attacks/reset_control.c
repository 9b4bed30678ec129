/* SPDX-License-Identifier: MIT */
/*
 * promise: a guest does not reset the machine by the chipset (0xCF9)
 * refused: port cf9
 */

#include "hostile.h"

ATTACK (reset_control)
{
	port_out8 (0xCF9, 2);
	port_out8 (0xCF9, 6);
	port_out8 (0xCF9, 0xE);
}
