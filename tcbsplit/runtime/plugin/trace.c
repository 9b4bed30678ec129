/*
 * A plugin of QEMU's translator: notes which blocks of an image's code run, in
 * which phase, and whence they were entered. Only watched code is instrumented;
 * all other code runs as without the plugin. Virtual processors may run in
 * threads of their own.
 *
 *   -plugin trace.so,watch=FILE,record=FILE
 */

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include "qemu.h"
#include "record.h"
#include "watch.h"

#ifndef TCBSPLIT_PLUGIN_API
#error "the version of the plugin interface is given by tcbsplit"
#endif

#define PAGE 4096u
#define PROCESSORS 256

/* What the callback of a block needs; blocks are few and live as long as QEMU. */
struct block {
	struct record_slot *slot;
	uint64_t last; /* address of its last instruction */
};

int qemu_plugin_version = TCBSPLIT_PLUGIN_API;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct block blocks[RECORD_SLOTS];
static uint64_t previous[PROCESSORS]; /* last instruction of the last block */

static void
ran (unsigned int processor, void *data)
{
	struct block *block = data;
	struct record_slot *slot = block->slot;
	uint64_t *before = &previous[processor % PROCESSORS];
	uint32_t phase = record_phase ();
	uint32_t bit = 1u << phase;

	if (!(__atomic_load_n (&slot->phases, __ATOMIC_RELAXED) & bit) &&
	    !(__atomic_fetch_or (&slot->phases, bit, __ATOMIC_RELAXED) & bit))
		slot->came_from[phase] = *before;
	*before = block->last;
}

static void
crossed (unsigned int processor, void *data)
{
	(void) processor;
	record_begin_phase ((uint32_t) (uintptr_t) data);
}

/* FNV-1a, 64 bits (Fowler, Noll, Vo), of all instructions' bytes; 0: unknown. */
static uint64_t
hash_code (const struct qemu_plugin_tb *tb, uint32_t *size)
{
	size_t count = qemu_plugin_tb_n_insns (tb);
	uint64_t hash = 0xCBF29CE484222325u;
	size_t i, j;

	*size = 0;
	for (i = 0; i < count; i++)
		*size += (uint32_t) qemu_plugin_insn_size (
			qemu_plugin_tb_get_insn (tb, i));
	for (i = 0; i < count; i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn (tb, i);
		const uint8_t *code = qemu_plugin_insn_haddr (insn);
		size_t length = qemu_plugin_insn_size (insn);

		for (j = 0; code && j < length; j++) {
			/* The other page of an instruction that lies in two
			   is elsewhere: such a block is not known by bytes. */
			if (j && !(((uintptr_t) code + j) % PAGE))
				return 0;
			hash = (hash ^ code[j]) * 0x100000001B3u;
		}
	}
	return hash;
}

static void
watch_block (struct qemu_plugin_tb *tb, uint64_t address, const uint8_t *code)
{
	size_t count = qemu_plugin_tb_n_insns (tb);
	uint64_t bias = (uint64_t) (uintptr_t) code - address;
	struct record_slot *slot;
	struct block *block;
	uint32_t size;
	uint64_t hash;

	hash = hash_code (tb, &size);
	slot = record_find (address, bias, hash, size);
	if (!slot)
		return;
	block = &blocks[record_number (slot)];
	block->slot = slot;
	block->last = qemu_plugin_insn_vaddr (
		qemu_plugin_tb_get_insn (tb, count - 1));
	qemu_plugin_register_vcpu_tb_exec_cb (tb, ran, QEMU_PLUGIN_CB_NO_REGS,
					      block);
}

static void
translated (qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	uint64_t address = qemu_plugin_tb_vaddr (tb);
	const uint8_t *code;
	uint32_t phase;

	(void) id;
	if (!qemu_plugin_tb_n_insns (tb))
		return;
	code = qemu_plugin_insn_haddr (qemu_plugin_tb_get_insn (tb, 0));
	if (!code)
		return;
	/* The boundary itself comes first: its block belongs to the phase. */
	phase = watch_boundary (address, code,
				PAGE - (uintptr_t) code % PAGE);
	if (phase)
		qemu_plugin_register_vcpu_tb_exec_cb (
			tb, crossed, QEMU_PLUGIN_CB_NO_REGS,
			(void *) (uintptr_t) phase);
	if (!watch_covers (address))
		return;
	pthread_mutex_lock (&lock);
	watch_block (tb, address, code);
	pthread_mutex_unlock (&lock);
}

int
qemu_plugin_install (qemu_plugin_id_t id, const qemu_info_t *info, int argc,
		     char **argv)
{
	const char *watch = NULL, *record = NULL;
	int result = -1;
	int i;

	(void) info;
	for (i = 0; i < argc; i++) {
		if (!strncmp (argv[i], "watch=", 6))
			watch = argv[i] + 6;
		else if (!strncmp (argv[i], "record=", 7))
			record = argv[i] + 7;
	}
	if (!watch || !record) {
		fprintf (stderr, "trace plugin: needs watch= and record=\n");
		goto out;
	}
	result = watch_read (watch);
	if (!result)
		result = record_open (record);
	if (result) {
		fprintf (stderr, "trace plugin: %s\n", strerror (-result));
		goto out;
	}
	qemu_plugin_register_vcpu_tb_trans_cb (id, translated);
out:
	return result;
}
