/* SPDX-License-Identifier: MIT */
/*
 * promise: sectors of the other device are not moved
 * refused: ATA command 20
 * where: target
 */

#include "hostile.h"

ATTACK (ata_slave)
{
	port_out8 (0x1F6, 0xF0);
	port_out8 (0x1F7, 0x20);
	port_out8 (0x1F6, 0xA0); /* cylinders, heads */
	port_out8 (0x1F7, 0x20);
	ata_identify (loot);
}
