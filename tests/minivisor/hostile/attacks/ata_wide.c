/* SPDX-License-Identifier: MIT */
/*
 * promise: a wide access over the command register is a command like any
 *   other
 * refused: ATA command c8
 * refused: port 1f8
 * where: target
 */

#include "hostile.h"

ATTACK (ata_wide)
{
	ata_aborts_wide (0xC8);
	port_out32 (0x1F4, 0xC8E00000);
	port_out16 (0x1F7, 0x00C8);
}
