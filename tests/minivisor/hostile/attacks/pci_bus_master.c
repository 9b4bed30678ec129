/* SPDX-License-Identifier: MIT */
/*
 * promise: no PCI function becomes a bus master
 * refused: port cf8
 * refused: port cfc
 */

#include "hostile.h"

ATTACK (pci_bus_master)
{
	u32 device, function;

	for (device = 0; device < 32; device++)
		for (function = 0; function < 8; function++)
			pci_write (device, function, 4, 7);
}
