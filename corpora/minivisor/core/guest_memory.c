/* SPDX-License-Identifier: MIT */
/* Guest-physical memory, which is host-physical memory of the same address. */

#include "hv/guest.h"
#include "lib/errno.h"
#include "lib/string.h"

/* The hypervisor runs with physical memory mapped one to one. */
static void *
pointer (u64 guest_address)
{
	return (void *) (uintptr_t) guest_address;
}

static bool
inside (u64 guest_address, size_t length)
{
	return length <= GUEST_RAM_SIZE &&
		guest_address <= GUEST_RAM_SIZE - length;
}

int
guest_copy_in (void *to, u64 guest_address, size_t length)
{
	if (!inside (guest_address, length))
		return -EFAULT;
	memcpy (to, pointer (guest_address), length);
	return 0;
}

int
guest_copy_out (u64 guest_address, const void *from, size_t length)
{
	if (!inside (guest_address, length))
		return -EFAULT;
	memcpy (pointer (guest_address), from, length);
	return 0;
}

void
guest_wipe (void)
{
	u64 at = 0, words = GUEST_RAM_SIZE / 8;

	/* In assembly, since address 0 is memory like any other here. */
	asm volatile ("rep stosq" : "+D" (at), "+c" (words) : "a" (0ULL)
		      : "memory");
}
