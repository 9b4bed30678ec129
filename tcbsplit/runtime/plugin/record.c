/* SPDX-License-Identifier: MIT */
/* The record of a trace: a mapped file of slots, with a hash index. */

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "record.h"

#define INDEX (2 * RECORD_SLOTS) /* never more than half full */

static struct record_head *head;
static struct record_slot *slots;
static uint32_t index_of[INDEX]; /* number of a slot, from 1, by hash */

int
record_open (const char *path)
{
	size_t size = sizeof *head + (size_t) RECORD_SLOTS * sizeof *slots;
	void *memory;
	int result = 0;
	int file;

	file = open (path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (file < 0)
		return -errno;
	if (ftruncate (file, (off_t) size) < 0) {
		result = -errno;
		goto out;
	}
	memory = mmap (NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	if (memory == MAP_FAILED) {
		result = -errno;
		goto out;
	}
	head = memory;
	slots = (struct record_slot *) (head + 1);
	head->version = RECORD_VERSION;
	head->slots = RECORD_SLOTS;
	memcpy (head->magic, RECORD_MAGIC, sizeof head->magic);
out:
	close (file);
	return result;
}

struct record_slot *
record_find (uint64_t address, uint64_t bias, uint64_t hash, uint32_t size)
{
	uint64_t key = (address ^ hash ^ bias) * 0x9E3779B97F4A7C15u;
	uint32_t at = (uint32_t) (key >> 40) % INDEX;
	struct record_slot *slot;

	for (; index_of[at]; at = (at + 1) % INDEX) {
		slot = &slots[index_of[at] - 1];
		if (slot->address == address && slot->bias == bias &&
		    slot->hash == hash && slot->size == size)
			return slot;
	}
	if (head->used == RECORD_SLOTS) {
		head->full = 1;
		return NULL;
	}
	slot = &slots[head->used];
	slot->address = address;
	slot->bias = bias;
	slot->hash = hash;
	slot->size = size;
	index_of[at] = ++head->used;
	return slot;
}

void
record_ran (struct record_slot *slot, uint32_t phase, uint64_t came_from)
{
	uint32_t bit = 1u << phase;

	if (slot->phases & bit)
		return;
	slot->came_from[phase] = came_from;
	slot->phases |= bit;
}

uint32_t
record_phase (void)
{
	uint32_t phase = __atomic_load_n (&head->phase, __ATOMIC_RELAXED);

	return phase < RECORD_PHASES ? phase : RECORD_PHASES - 1;
}

uint32_t
record_phase_now (void)
{
	uint32_t outside = __atomic_load_n (&head->outside, __ATOMIC_RELAXED);
	uint32_t phase = record_phase ();

	if (outside > phase)
		phase = outside;
	return phase < RECORD_PHASES ? phase : RECORD_PHASES - 1;
}

bool
record_begin_phase (uint32_t phase)
{
	uint32_t now = __atomic_load_n (&head->phase, __ATOMIC_RELAXED);

	while (now < phase)
		if (__atomic_compare_exchange_n (&head->phase, &now, phase,
						 false, __ATOMIC_RELAXED,
						 __ATOMIC_RELAXED))
			return true;
	return false;
}
