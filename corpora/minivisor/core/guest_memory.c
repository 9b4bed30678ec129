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
		guest_address <= GUEST_RAM_SIZE - length &&
		(guest_address >= GUEST_HOLE_END ||
		 guest_address + length <= GUEST_HOLE);
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

/* In assembly, since address 0 is memory like any other here. */
static void
wipe (u64 at, u64 end)
{
	u64 words = (end - at) / 8;

	asm volatile ("rep stosq" : "+D" (at), "+c" (words) : "a" (0ULL)
		      : "memory");
}

void
guest_wipe (void)
{
	wipe (0, GUEST_HOLE);
	wipe (GUEST_HOLE_END, GUEST_RAM_SIZE);
}
