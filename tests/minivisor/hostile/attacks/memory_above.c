/* SPDX-License-Identifier: MIT */
/*
 * promise: there is nothing above 4 GiB
 * refused: address 100000000
 * refused: address 108000000
 */

#include "hostile.h"
#include "pae.h"

ATTACK (memory_above)
{
	u32 value;

	paging_pae_on (0x100000000ull);
	peek (WINDOW, &value);
	poke (WINDOW, 1);
	paging_pae_off ();
	paging_pae_on (0x100000000ull + HV_BASE);
	peek (WINDOW, &value);
	paging_pae_off ();
}
