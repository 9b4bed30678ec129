/* SPDX-License-Identifier: MIT */
/*
 * promise: other serial lines and the printer carry nothing out
 * refused: port 2f8
 * refused: port 378
 */

#include "hostile.h"

ATTACK (other_lines)
{
	port_out8 (0x2F8, 'x');
	port_out8 (0x378, 'x');
	port_out8 (0x37A, 1);
}
