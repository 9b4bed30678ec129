/* SPDX-License-Identifier: MIT */
/*
 * promise: the hypervisor does not wait for a device that the guest holds in
 *   reset
 * refused: ATA command 20
 * where: target
 */

#include "hostile.h"

ATTACK (ata_reset_held)
{
	port_out8 (0x1F6, 0xE0);
	port_out8 (0x1F2, 1);
	port_out8 (0x1F3, 1);
	port_out8 (0x3F6, 4);
	port_out8 (0x1F7, 0x20);
	port_in16 (0x1F0);
	port_out8 (0x3F6, 0);
	ata_identify (loot);
}
