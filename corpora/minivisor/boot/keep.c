/* SPDX-License-Identifier: MIT */
/*
 * Keeps modules from the guests. QEMU puts them behind the image, GRUB as low
 * as it can: there, where the guest's memory is to be.
 */

#include "boot/keep.h"
#include "hv/console.h"
#include "hv/guest.h"
#include "lib/errno.h"
#include "lib/string.h"

#define PAGE 4096ULL
#define FOUR_GIB 0x100000000ULL
#define UPPER_MEMORY 0x100000 /* where mem_upper begins, multiboot 3.3 */

struct spans {
	unsigned int count;
	struct span span[64];
};

/* In `taken` the modules come first, then the image. */
struct memory {
	struct spans available, taken;
};

static void *
pointer (u64 address)
{
	return (void *) (uintptr_t) address;
}

static struct span
place (const struct hv_module *m)
{
	u64 first = (uintptr_t) m->data;

	return m->size ? (struct span) { first, first + m->size } :
		(struct span) { 0, 0 };
}

static bool
overlap (struct span a, struct span b)
{
	return a.first < b.end && b.first < a.end;
}

/* Guests reach their memory and the space of devices: hv/guest.h. */
static bool
reached (struct span s)
{
	return s.first != s.end &&
		(s.first < GUEST_RAM_SIZE || s.end > GUEST_DEVICES);
}

static int
add (struct spans *spans, struct span s)
{
	if (spans->count == ARRAY_SIZE (spans->span))
		return -E2BIG;
	spans->span[spans->count++] = s;
	return 0;
}

/* The image and the modules must lie apart, below 4 GiB. */
static int
take_modules (struct memory *m, const struct hv_module *modules,
	      unsigned int count, struct span image)
{
	const struct span *s = m->taken.span;
	unsigned int i, j;
	int error = 0;

	for (i = 0; i < count && !error; i++)
		error = add (&m->taken, place (&modules[i]));
	if (!error)
		error = add (&m->taken, image);
	for (i = 0; i < m->taken.count && !error; i++) {
		if (s[i].end > FOUR_GIB)
			error = -EINVAL;
		for (j = 0; j < i; j++)
			if (overlap (s[i], s[j]))
				error = -EINVAL;
	}
	return error;
}

/* What of it lies where modules may be. */
static int
take_entry (struct memory *m, const struct multiboot_memory *e)
{
	struct span s = { e->address, e->address + e->length };
	bool available = e->type == MULTIBOOT_MEMORY_AVAILABLE;

	if (s.end < s.first && available)
		return -EINVAL;
	if (s.end < s.first || s.end > GUEST_DEVICES)
		s.end = GUEST_DEVICES;
	if (s.first < GUEST_RAM_SIZE)
		s.first = GUEST_RAM_SIZE;
	if (s.first >= s.end)
		return 0;
	return add (available ? &m->available : &m->taken, s);
}

/* Multiboot 3.3: each entry says how far it is to the next. */
static int
take_map (struct memory *m, u64 at, u64 end)
{
	struct multiboot_memory entry;
	int error = 0;

	if (end > FOUR_GIB)
		return -EINVAL;
	for (; at < end && !error; at += sizeof entry.size + entry.size) {
		error = -EINVAL;
		if (end - at < sizeof entry)
			break;
		memcpy (&entry, pointer (at), sizeof entry);
		if (entry.size < sizeof entry - sizeof entry.size)
			break;
		error = take_entry (m, &entry);
	}
	return error;
}

static int
take_memory (struct memory *m, const struct multiboot_info *info)
{
	const struct multiboot_memory upper = {
		.address = UPPER_MEMORY,
		.length = info->mem_upper * 1024ULL,
		.type = MULTIBOOT_MEMORY_AVAILABLE,
	};

	if (info->flags & MULTIBOOT_INFO_MEMORY_MAP)
		return take_map (m, info->mmap_addr,
				 (u64) info->mmap_addr + info->mmap_length);
	return info->flags & MULTIBOOT_INFO_MEMORY ? take_entry (m, &upper) : 0;
}

/* The first address of `s` where all of it is available; else whence to try. */
static u64
available_from (const struct spans *available, struct span s)
{
	const struct span *a = available->span;
	u64 at = s.first, next = GUEST_DEVICES;
	unsigned int i = 0;

	while (i < available->count)
		if (a[i].first <= at && at < a[i].end) {
			at = a[i].end;
			i = 0; /* another may continue it */
		} else {
			i++;
		}
	if (at >= s.end)
		return s.first;
	for (i = 0; i < available->count; i++)
		if (a[i].first > at && a[i].first < next)
			next = a[i].first;
	return next;
}

/* The first address of `s` where nothing is in its way; else whence to try. */
static u64
free_from (const struct memory *m, struct span s)
{
	unsigned int i;

	for (i = 0; i < m->taken.count; i++)
		if (overlap (m->taken.span[i], s))
			return m->taken.span[i].end;
	return available_from (&m->available, s);
}

/* The lowest page from which on `size` bytes are free, or 0. */
static u64
find_room (const struct memory *m, u64 size)
{
	u64 at = GUEST_RAM_SIZE, next;

	while (at + size <= GUEST_DEVICES) {
		next = free_from (m, (struct span) { at, at + size });
		if (next == at)
			return at;
		at = (next + PAGE - 1) & ~(PAGE - 1);
	}
	return 0;
}

static void
wipe (u64 first, u64 end)
{
	if (first < end)
		memzero_explicit (pointer (first), end - first);
}

/* The places may overlap. */
static void
move (struct hv_module *m, struct span from, struct span to)
{
	memmove (pointer (to.first), m->data, m->size);
	m->data = pointer (to.first);
	if (to.first > from.first)
		wipe (from.first, to.first < from.end ? to.first : from.end);
	else
		wipe (to.end > from.first ? to.end : from.first, from.end);
}

int
modules_keep (struct hv_module *modules, unsigned int count,
	      const struct multiboot_info *info, struct span image)
{
	struct memory m = { 0 };
	bool moved = false;
	unsigned int i;
	int error;

	error = take_modules (&m, modules, count, image);
	if (!error)
		error = take_memory (&m, info);
	for (i = 0; i < count && !error; i++) {
		struct span *s = &m.taken.span[i], from = *s;

		if (!reached (from))
			continue;
		*s = (struct span) { 0, 0 }; /* its own place is free to it */
		s->first = find_room (&m, modules[i].size);
		s->end = s->first + modules[i].size;
		moved = s->first;
		if (moved)
			move (&modules[i], from, *s);
		else
			error = -ENOMEM;
	}
	if (moved)
		printf ("minivisor: modules moved out of guest memory\n");
	return error;
}
