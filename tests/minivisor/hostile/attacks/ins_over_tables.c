/* SPDX-License-Identifier: MIT */
/*
 * promise: string input over the page tables that lead to its destination
 *   goes where they led
 * refused: port 100
 */

#include "hostile.h"
#include "small.h"

#define HV_PAGE (address_of (decoy) / PAGE)

static void
input (void *to)
{
	u32 count = 4;

	asm volatile ("rep insl" : "+D" (to), "+c" (count) : "d" (0x100)
				: "memory");
}

ATTACK (ins_over_tables)
{
	paging_small_on ();
	exception_try (input, paging_small_entry (HV_PAGE));
	exception_try (input, (u8 *) paging_small_entry (HV_PAGE) - 2);
	paging_small_off ();
}
