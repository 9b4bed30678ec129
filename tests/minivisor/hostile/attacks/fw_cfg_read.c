/* SPDX-License-Identifier: MIT */
/*
 * promise: a guest does not read the modules of the hypervisor (the token)
 *   from the firmware-configuration device
 * refused: port 510
 * refused: port 511
 */

#include "hostile.h"

ATTACK (fw_cfg_read)
{
	u32 i;

	port_out16 (0x510, 0x12); /* FW_CFG_INITRD_DATA */
	for (i = 0; i < PAGE; i++)
		loot[i] = port_in8 (0x511);
}
