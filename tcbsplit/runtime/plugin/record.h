/*
 * The record of a trace: a file that is mapped while QEMU runs, so that it is
 * complete however QEMU ends. tcbsplit/validate/trace.py reads it.
 */

#ifndef TCBSPLIT_PLUGIN_RECORD_H
#define TCBSPLIT_PLUGIN_RECORD_H

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
	uint32_t phase; /* by boundaries that the plugin sees */
	uint32_t outside; /* by those that the harness sees; the larger counts */
	uint8_t unused[32];
};

/* One block of code; a free one has size 0. */
struct record_slot {
	uint64_t address; /* virtual, of its first byte */
	uint64_t bias; /* address in QEMU's memory less the virtual one */
	uint64_t hash; /* FNV-1a of its bytes */
	uint32_t size; /* in bytes */
	uint32_t phases; /* bit N: it ran in phase N */
	/* In phase N, the instruction with which the block before it ended. */
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

/* Its number, below RECORD_SLOTS. */
uint32_t record_number (const struct record_slot *slot);

/* The phase the machine is in, and the beginning of one. Any thread. */
uint32_t record_phase (void);
void record_begin_phase (uint32_t phase);

#endif
