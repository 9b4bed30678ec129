/* SPDX-License-Identifier: MIT */
/*
 * promise: no sequence of privileged instructions opens anything
 */

#include "hostile.h"

#define MOVES 400
#define LINE_STATUS 0x3FD
#define SERIAL 0x3F8
#define EDGE 8 /* how far from a number that is known */

/* Numerical Recipes, section 7.1: a generator of 32 bits. */
static u32 state;

static u32
chance (u32 below)
{
	state = state * 1664525u + 1013904223u;
	return (state >> 8) % below;
}

static u32
any (void)
{
	return chance (0x10000) << 16 | chance (0x10000);
}

static u32
typed (void)
{
	u32 value = 0, i;

	for (i = 0; i < 4; i++) {
		while (!(port_in8 (LINE_STATUS) & 1))
			;
		value = value << 8 | port_in8 (SERIAL);
	}
	return value;
}

static u32
extreme (void)
{
	static const u32 values[] = {
		0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, HV_BASE, HV_TEXT,
		HV_KEY, HV_NESTED, HV_IO_MAP, HV_STACK, RAM_END, 0xFEE00000,
	};

	if (chance (3) == 0)
		return any ();
	return values[chance (ARRAY_SIZE (values))] + chance (EDGE);
}

static u16
port (void)
{
	static const u16 known[] = {
		0x00, 0x20, 0x40, 0x60, 0x64, 0x70, 0x80, 0x92, 0xA0, 0xB2,
		0xC0, 0xF4, 0x170, 0x1F0, 0x2F8, 0x376, 0x3B0, 0x3D4, 0x3F0,
		0x510, 0x600, 0xAE00, 0xAF00, 0xC000, 0xCC00, 0xCF8, 0xCFC,
		0x5658, 0xFFFF,
	};
	u16 number;

	do
		number = chance (2) ? (u16) any ()
			: (u16) (known[chance (ARRAY_SIZE (known))] +
				 chance (EDGE));
	while (number >= SERIAL - 3 && number < SERIAL + 8);
	return number;
}

/* The guest may write to its own disk; the judge wants it as it was. */
static bool
disk_writes (u16 number, u32 value)
{
	return (number & 0xFF7F) >= 0x174 && (number & 0xFF7F) <= 0x177 &&
		value != 0xEC && value != 0xA1;
}

static void
move_port (void)
{
	u16 number = port ();
	u32 value = extreme ();

	if (disk_writes (number, value))
		return;
	switch (chance (6)) {
	case 0:
		port_out8 (number, (u8) value);
		break;
	case 1:
		port_out16 (number, (u16) value);
		break;
	case 2:
		port_out32 (number, value);
		break;
	case 3:
		port_in8 (number);
		break;
	case 4:
		port_in16 (number);
		break;
	default:
		port_in32 (number);
	}
}

static void
do_string (void *data)
{
	u32 count = 1 + chance (64);
	u16 number = port ();

	if (chance (2))
		asm volatile ("rep insl" : "+D" (data), "+c" (count)
			      : "d" (number) : "memory");
	else
		asm volatile ("rep insb" : "+D" (data), "+c" (count)
			      : "d" (number) : "memory");
}

static void
move_string (void)
{
	u32 address = extreme ();

	if (address >= RAM_END - PAGE)
		exception_try (do_string, (void *) address);
}

static void
move_msr (void)
{
	static const u32 known[] = {
		0x10, 0x1B, 0x3A, 0x79, 0x8B, 0xFE, 0x174, 0x179, 0x1D9,
		0x200, 0x250, 0x277, 0x2FF, 0x400, 0x800, 0x1FFF, 0xDA0,
		0xC0000080, 0xC0000081, 0xC0000100, 0xC0010000, 0xC0010015,
		0xC0010058, 0xC0010111, 0xC0010114, 0xC0010117, 0xC0011029,
	};
	u32 number = chance (4) ? known[chance (ARRAY_SIZE (known))] +
		chance (EDGE) : any ();
	u64 value;

	if (number - 0xC0000080u < 4) /* its own mode and system calls */
		msr_get (number, &value);
	else
		msr_attack (number, (u64) extreme () << 32 | extreme ());
}

static void
move_memory (void)
{
	u32 address = extreme () & ~3u;

	if (address >= RAM_END && chance (2))
		poke (address, any ());
	else
		steal (address, 64);
}

static void
move_hypercall (void)
{
	u32 number = chance (4) ? 3 + chance (HC_HANDOFF - 3) : any ();

	if (number > HC_EXIT && number != HC_HANDOFF)
		hypercall (number, extreme (), extreme (), extreme ());
}

static void
move_cpuid (void)
{
	u32 a = extreme (), b, c = chance (4), d;

	asm volatile ("cpuid" : "+a" (a), "=b" (b), "+c" (c), "=d" (d));
}

static void
move_pci (void)
{
	u32 offset = chance (64) * 4;

	pci_write (chance (8), chance (4), offset, extreme ());
}

ATTACK (random_moves)
{
	static void (*const moves[]) (void) = {
		move_port, move_string, move_msr, move_memory, move_hypercall,
		move_cpuid, move_pci,
	};
	u32 i;

	print ("hostile: seed?\n");
	state = typed ();
	for (i = 0; i < MOVES; i++)
		moves[chance (ARRAY_SIZE (moves))] ();
}
