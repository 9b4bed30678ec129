/* SPDX-License-Identifier: MIT */
/*
 * promise: the disk is neither locked, erased nor given other firmware
 * refused: ATA command f1
 * refused: ATA command f4
 * refused: ATA command 92
 * refused: ATA command b1
 * where: target
 */

#include "hostile.h"

ATTACK (ata_erase)
{
	ata_aborts (0xF1);
	ata_aborts (0xF4);
	ata_aborts (0x92);
	ata_aborts (0xB1);
}
