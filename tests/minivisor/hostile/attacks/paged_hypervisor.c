/* SPDX-License-Identifier: MIT */
/*
 * promise: a page table of the guest leads nowhere that the guest has not
 * refused: address 8000000
 */

#include "hostile.h"
#include "pae.h"

ATTACK (paged_hypervisor)
{
	u32 value;

	paging_pae_on (HV_BASE);
	peek (WINDOW, &value);
	*(u32 *) (void *) loot = value;
	poke (WINDOW, 1);
	paging_pae_off ();
}
