/* SPDX-License-Identifier: MIT */
/*
 * promise: read-only firmware memory stays read-only (440FX, PAM registers)
 * refused: port cf8
 * refused: port cfc
 */

#include "hostile.h"

ATTACK (pci_shadow)
{
	u32 offset;

	for (offset = 0x58; offset < 0x60; offset += 4)
		pci_write (0, 0, offset, 0x33333333);
	poke (0xFFFF0, 0xDEADBEEF);
}
