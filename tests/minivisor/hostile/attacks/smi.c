/* SPDX-License-Identifier: MIT */
/*
 * promise: a guest does not enter system management mode by the chipset
 * refused: port b2
 * refused: port b3
 */

#include "hostile.h"

ATTACK (smi)
{
	port_out8 (0xB3, 0);
	port_out8 (0xB2, 0);
	port_out8 (0xB2, 0xB5); /* SeaBIOS: CALL32SMM */
}
