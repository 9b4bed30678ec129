/* SPDX-License-Identifier: MIT */
/*
 * promise: a guest does not program the clock that wakes the machine, nor
 *   the byte that tells firmware how to start
 * refused: port 70
 * refused: port 71
 */

#include "hostile.h"

ATTACK (wake_alarm)
{
	port_out8 (0x70, 0x0F);
	port_out8 (0x71, 0x0A); /* jump over 40:67 without initialisation */
	port_out8 (0x70, 0x0B);
	port_out8 (0x71, 0x22);
}
