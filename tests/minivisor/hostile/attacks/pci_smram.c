/* SPDX-License-Identifier: MIT */
/*
 * promise: system management memory stays closed (440FX, register 0x72)
 * refused: port cf8
 * refused: port cfc
 */

#include "hostile.h"

ATTACK (pci_smram)
{
	u32 i;

	pci_write (0, 0, 0x70, 0x004A0000); /* D_OPEN, G_SMRAME, C_BASE_SEG */
	for (i = 0; i < 512; i += 4)
		poke (0xA8000 + i, 0xF4F4F4F4);
	pci_write (0, 0, 0x70, 0x000A0000);
}
