/* SPDX-License-Identifier: MIT */
/*
 * promise: sectors are not moved by DMA, past the cipher
 * refused: ATA command c8
 * where: target
 */

#include "hostile.h"

ATTACK (ata_dma)
{
	ata_aborts (0xC8);
}
