/* SPDX-License-Identifier: MIT */
/*
 * promise: no device's registers are moved over memory
 * refused: port cf8
 * refused: port cfc
 */

#include "hostile.h"

ATTACK (pci_bars)
{
	u32 device, bar;

	for (device = 0; device < 32; device++)
		for (bar = 0x10; bar < 0x28; bar += 4)
			pci_write (device, 0, bar, HV_BASE);
}
