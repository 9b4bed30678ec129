/* SPDX-License-Identifier: MIT */
/*
 * promise: address line 20 stays on
 * refused: port 64
 * refused: port 60
 */

#include "hostile.h"

ATTACK (a20)
{
	port_out8 (0x64, 0xDD);
	port_out8 (0x64, 0xD1);
	port_out8 (0x60, 0xDD);
	poke (address_of (decoy) ^ 0x100000, 0);
}
