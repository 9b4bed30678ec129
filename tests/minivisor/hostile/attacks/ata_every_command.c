/* SPDX-License-Identifier: MIT */
/*
 * promise: of the 256 commands none moves a sector past the cipher
 * refused: ATA command 25
 * refused: ATA command c9
 * refused: ATA command 6
 * refused: ATA command ff
 * where: target
 */

#include "hostile.h"

ATTACK (ata_every_command)
{
	u32 command;

	for (command = 0; command < 256; command++)
		if (command != 0x30 && command != 0x31 && command != 0x34)
			ata_aborts ((u8) command);
	port_out8 (0x3F6, 4);
	port_out8 (0x3F6, 2);
	ata_identify (loot);
}
