/* SPDX-License-Identifier: MIT */
/*
 * The record of a trace: a file that is mapped while QEMU runs, so that it is
 * complete however QEMU ends. tcbsplit/validate/trace.py reads it.
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
	uint32_t full; /* not 0: code had no slot, the record lacks it */
	uint32_t phase; /* by boundaries that the plugin has seen */
	uint32_t outside; /* by those that the harness has; the larger counts */
	uint8_t unused[32];
};

/* One block of code; the first `used` ones are in use. */
struct record_slot {
	uint64_t address; /* virtual, of its first byte */
	uint64_t bias; /* address in QEMU's memory less the virtual one */
	uint64_t hash; /* FNV-1a of its bytes */
	uint32_t size; /* in bytes */
	uint32_t phases; /* bit N: it ran in phase N */
	/* The indirect branch that ran last before it first did in phase N. */
	uint64_t came_from[RECORD_PHASES];
};

_Static_assert (sizeof (struct record_head) == 64, "read by trace.py");
_Static_assert (sizeof (struct record_slot) == 64, "read by trace.py");

/* Create the file; 0 or a negative errno. */
int record_open (const char *path);

/*
 * The slot of a block, an old one or a new one; NULL when there is no room.
 * One caller at a time.
 */
struct record_slot *record_find (uint64_t address, uint64_t bias,
				 uint64_t hash, uint32_t size);

/* Note that a block runs in a phase. One caller at a time. */
void record_ran (struct record_slot *slot, uint32_t phase, uint64_t came_from);

/* The phase that the plugin knows of, and that with the harness' word. */
uint32_t record_phase (void);
uint32_t record_phase_now (void);

/* Begin a phase; false when it or a later one has begun before. Any thread. */
bool record_begin_phase (uint32_t phase);

#endif
