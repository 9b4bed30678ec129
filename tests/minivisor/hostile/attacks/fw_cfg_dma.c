/* SPDX-License-Identifier: MIT */
/*
 * promise: the firmware-configuration device writes no memory for a guest
 *   (QEMU, docs/specs/fw_cfg)
 * refused: port 514
 * refused: port 518
 */

#include "hostile.h"

ATTACK (fw_cfg_dma)
{
	static u32 request[4] __attribute__ ((aligned (16)));

	request[0] = __builtin_bswap32 (0x0A); /* select item 0, read */
	request[1] = __builtin_bswap32 (4);
	request[2] = 0;
	request[3] = __builtin_bswap32 (HV_TEXT);
	port_out32 (0x514, 0);
	port_out32 (0x518, __builtin_bswap32 (address_of (request)));
}
