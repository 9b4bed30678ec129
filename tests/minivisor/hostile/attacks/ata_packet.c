/* SPDX-License-Identifier: MIT */
/*
 * promise: no packet command passes
 * refused: ATA command a0
 * where: target
 */

#include "hostile.h"

ATTACK (ata_packet)
{
	ata_aborts (0xA0);
}
