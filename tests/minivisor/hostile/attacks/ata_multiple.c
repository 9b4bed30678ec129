/* SPDX-License-Identifier: MIT */
/*
 * promise: several sectors at once do not pass the cipher
 * refused: ATA command c4
 * where: target
 */

#include "hostile.h"

ATTACK (ata_multiple)
{
	ata_aborts (0xC4);
}
