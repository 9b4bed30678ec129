/* SPDX-License-Identifier: MIT */
/*
 * promise: the nested page tables and the permission maps are not written
 * refused: address HV_NESTED
 * refused: address HV_IO_MAP
 */

#include "hostile.h"

ATTACK (memory_tables)
{
	u32 i;

	for (i = 0; i < 64; i += 4) {
		poke (HV_NESTED + i, 0x87);
		poke (HV_IO_MAP + i, 0);
		poke (HV_STACK + 0xFF00 + i, 0);
	}
}
