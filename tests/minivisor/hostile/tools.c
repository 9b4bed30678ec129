/* SPDX-License-Identifier: MIT */
/* What attacks share: accesses that may end by an exception. */

#include "hostile.h"

struct access {
	u32 number, low, high;
};

static void
do_peek (void *data)
{
	struct access *a = data;

	a->low = *(volatile u32 *) (uintptr_t) a->number;
}

static void
do_poke (void *data)
{
	const struct access *a = data;

	*(volatile u32 *) (uintptr_t) a->number = a->low;
}

static void
do_rdmsr (void *data)
{
	struct access *a = data;

	asm volatile ("rdmsr" : "=a" (a->low), "=d" (a->high)
		      : "c" (a->number));
}

static void
do_wrmsr (void *data)
{
	const struct access *a = data;

	asm volatile ("wrmsr" : : "a" (a->low), "d" (a->high),
		      "c" (a->number));
}

bool
peek (u32 address, u32 *value)
{
	struct access a = { address, 0, 0 };
	bool ok = exception_try (do_peek, &a) == EXCEPTION_NONE;

	*value = a.low;
	return ok;
}

bool
poke (u32 address, u32 value)
{
	struct access a = { address, value, 0 };

	return exception_try (do_poke, &a) == EXCEPTION_NONE;
}

bool
msr_get (u32 number, u64 *value)
{
	struct access a = { number, 0, 0 };
	bool ok = exception_try (do_rdmsr, &a) == EXCEPTION_NONE;

	*value = (u64) a.high << 32 | a.low;
	return ok;
}

bool
msr_set (u32 number, u64 value)
{
	struct access a = { number, (u32) value, (u32) (value >> 32) };

	return exception_try (do_wrmsr, &a) == EXCEPTION_NONE;
}

void
msr_attack (u32 number, u64 value)
{
	u64 old;

	msr_get (number, &old);
	msr_set (number, value);
}

void
steal (u32 address, u32 length)
{
	u32 i, value;

	for (i = 0; i < length && i < sizeof loot; i += 4)
		if (peek (address + i, &value))
			*(u32 *) (void *) &loot[i] = value;
}

u32
pci_read (u32 device, u32 function, u32 offset)
{
	port_out32 (0xCF8, pci (device, function, offset));
	return port_in32 (0xCFC);
}

void
pci_write (u32 device, u32 function, u32 offset, u32 value)
{
	port_out32 (0xCF8, pci (device, function, offset));
	port_out32 (0xCFC, value);
}
