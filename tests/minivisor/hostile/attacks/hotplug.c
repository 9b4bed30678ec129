/* SPDX-License-Identifier: MIT */
/*
 * promise: a guest neither adds nor removes processors, memory or devices
 * refused: port af00
 * refused: port ae08
 * refused: port a00
 */

#include "hostile.h"

ATTACK (hotplug)
{
	port_out8 (0xAF00, 0);
	port_out8 (0xAF04, 1);
	port_out32 (0xAE08, 0xFFFFFFFF); /* eject every slot */
	port_out32 (0xA00, 0);
	port_out8 (0xA14, 8);
}
