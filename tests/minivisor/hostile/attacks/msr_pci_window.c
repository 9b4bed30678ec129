/* SPDX-License-Identifier: MIT */
/*
 * promise: configuration space is not opened as memory (MMIO configuration
 *   base)
 * refused: MSR c0010058
 */

#include "hostile.h"

ATTACK (msr_pci_window)
{
	msr_attack (0xC0010058, address_of (decoy) | 1);
}
