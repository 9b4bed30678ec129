/* SPDX-License-Identifier: MIT */
/*
 * A plugin of QEMU's translator: record which blocks of an image's code run, in
 * which phase, and from where they are entered.
 *
 * A block is translated before it runs for the first time, and all blocks are
 * dropped when a phase begins. So it is enough to observe the translation, and
 * blocks run as without the plugin. Only blocks that end with an indirect branch
 * are instrumented, to record its target; direct targets are known from the
 * code. Virtual processors may run in separate threads.
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

int qemu_plugin_version = TCBSPLIT_PLUGIN_API;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static qemu_plugin_id_t self;
/* The last indirect branch of watched code on this virtual processor, or 0. */
static __thread uint64_t branched;

static void translated (qemu_plugin_id_t id, struct qemu_plugin_tb *tb);

static void
watch_again (qemu_plugin_id_t id)
{
	qemu_plugin_register_vcpu_tb_trans_cb (id, translated);
}

static void
begin (uint32_t phase)
{
	/* Code that runs from now on is translated again, and so recorded. */
	if (record_begin_phase (phase))
		qemu_plugin_reset (self, watch_again);
}

static void
crossed (unsigned int processor, void *data)
{
	(void) processor;
	begin ((uint32_t) (uintptr_t) data);
}

static void
branches (unsigned int processor, void *data)
{
	(void) processor;
	branched = (uint64_t) (uintptr_t) data;
}

static void
polled (unsigned int processor, void *data)
{
	uint32_t phase = record_phase_now ();

	(void) processor;
	if (phase == record_phase ())
		return;
	pthread_mutex_lock (&lock);
	record_ran (data, phase, branched);
	pthread_mutex_unlock (&lock);
	begin (phase);
}

/*
 * Return whether an instruction is an indirect call or jump: FF /2 to /5 after
 * prefixes
 * (AMD64 Architecture Programmer's Manual volume 3, 1.2 and appendix A).
 */
static bool
is_indirect (const struct qemu_plugin_insn *insn)
{
	static const uint8_t prefixes[] = {
		0x26, 0x2E, 0x36, 0x3E, 0x64, 0x65, 0x66, 0x67, 0xF0, 0xF2, 0xF3
	};
	const uint8_t *code = qemu_plugin_insn_haddr (insn);
	size_t length = qemu_plugin_insn_size (insn);
	size_t i = 0;
	unsigned int operation;

	if (!code || (uintptr_t) code % PAGE + length > PAGE)
		return true; /* bytes not accessible: instrument it */
	while (i < length && memchr (prefixes, code[i], sizeof prefixes))
		i++;
	if (i < length && (code[i] & 0xF0) == 0x40) /* REX */
		i++;
	if (i + 1 >= length || code[i] != 0xFF)
		return false;
	operation = code[i + 1] >> 3 & 7;
	return operation >= 2 && operation <= 5;
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
			/* The second page of an instruction is elsewhere in
			   memory: such a block has no hash. */
			if (j && !(((uintptr_t) code + j) % PAGE))
				return 0;
			hash = (hash ^ code[j]) * 0x100000001B3u;
		}
	}
	return hash;
}

static void
watch_block (struct qemu_plugin_tb *tb, uint64_t address, const uint8_t *code,
	     uint32_t phase)
{
	uint64_t bias = (uint64_t) (uintptr_t) code - address;
	const struct qemu_plugin_insn *last;
	struct record_slot *slot;
	uint32_t size;
	uint64_t hash;

	hash = hash_code (tb, &size);
	pthread_mutex_lock (&lock);
	slot = record_find (address, bias, hash, size);
	if (slot)
		record_ran (slot, phase, branched);
	pthread_mutex_unlock (&lock);
	last = qemu_plugin_tb_get_insn (tb, qemu_plugin_tb_n_insns (tb) - 1);
	if (is_indirect (last))
		qemu_plugin_register_vcpu_tb_exec_cb (
			tb, branches, QEMU_PLUGIN_CB_NO_REGS,
			(void *) (uintptr_t) qemu_plugin_insn_vaddr (last));
	if (slot && watch_polls ())
		qemu_plugin_register_vcpu_tb_exec_cb (
			tb, polled, QEMU_PLUGIN_CB_NO_REGS, slot);
}

static void
translated (qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	uint64_t address = qemu_plugin_tb_vaddr (tb);
	uint32_t phase = record_phase_now ();
	const uint8_t *code;
	uint32_t begins;

	(void) id;
	if (!qemu_plugin_tb_n_insns (tb))
		return;
	code = qemu_plugin_insn_haddr (qemu_plugin_tb_get_insn (tb, 0));
	if (!code)
		return;
	begins = watch_boundary (address, code, PAGE - (uintptr_t) code % PAGE);
	if (begins > phase) {
		qemu_plugin_register_vcpu_tb_exec_cb (
			tb, crossed, QEMU_PLUGIN_CB_NO_REGS,
			(void *) (uintptr_t) begins);
		phase = begins; /* the block at the boundary belongs to it */
	}
	if (watch_covers (address))
		watch_block (tb, address, code, phase);
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
	self = id;
	watch_again (id);
out:
	return result;
}
