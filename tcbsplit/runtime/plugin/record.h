/* SPDX-License-Identifier: MIT */
/*
 * The record of a trace: a file mapped while QEMU runs, so that it is complete
 * however QEMU ends. tcbsplit/validate/evidence/trace.py reads it.
 */

#ifndef TCBSPLIT_PLUGIN_RECORD_H
#define TCBSPLIT_PLUGIN_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#define RECORD_MAGIC "TCBTRACE"
#define RECORD_VERSION 1
#define RECORD_SLOTS (1u << 18)
#define RECORD_PHASES 4 /* the start and three more */

struct record_head {
	char magic[8];
	uint32_t version;
	uint32_t slots;
	uint32_t used;
	uint32_t full; /* not 0: out of slots, the record is incomplete */
	uint32_t phase; /* by the plugin's boundaries */
	uint32_t outside; /* by the harness' boundaries; the larger counts */
	uint8_t unused[32];
};

/* One block of code; the first `used` ones are in use. */
struct record_slot {
	uint64_t address; /* virtual, of its first byte */
	uint64_t bias; /* address in QEMU's memory less the virtual one */
	uint64_t hash; /* FNV-1a of its bytes */
	uint32_t size; /* in bytes */
	uint32_t phases; /* bit N: it ran in phase N */
	/* The last indirect branch before the block first ran in phase N. */
	uint64_t came_from[RECORD_PHASES];
};

_Static_assert (sizeof (struct record_head) == 64, "read by trace.py");
_Static_assert (sizeof (struct record_slot) == 64, "read by trace.py");

/* Create the file; return 0 or a negative errno. */
int record_open (const char *path);

/*
 * Return the existing or a new slot of a block; NULL if there is no room.
 * One caller at a time.
 */
struct record_slot *record_find (uint64_t address, uint64_t bias,
				 uint64_t hash, uint32_t size);

/* Record that a block runs in a phase. One caller at a time. */
void record_ran (struct record_slot *slot, uint32_t phase, uint64_t came_from);

/* The phase by the plugin's boundaries, and by those of the harness too. */
uint32_t record_phase (void);
uint32_t record_phase_now (void);

/* Begin a phase; false if it or a later one has begun before. Any thread. */
bool record_begin_phase (uint32_t phase);

#endif
