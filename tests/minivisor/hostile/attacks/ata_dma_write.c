/* SPDX-License-Identifier: MIT */
/*
 * promise: nor written by it
 * refused: ATA command ca
 * where: target
 */

#include "hostile.h"

ATTACK (ata_dma_write)
{
	ata_aborts (0xCA);
}
