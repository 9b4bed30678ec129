/* SPDX-License-Identifier: MIT */
/*
 * A plugin of QEMU's translator: count the instructions that one virtual
 * processor executes before it comes to an address, and write the number.
 *
 *   -plugin count.so,until=ADDRESS,to=FILE
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "qemu.h"

int qemu_plugin_version = TCBSPLIT_PLUGIN_API;

static uint64_t until, executed;
static const char *to;

static void
ran (unsigned int processor, void *instructions)
{
	(void) processor;
	executed += (uintptr_t) instructions;
}

static void
arrived (unsigned int processor, void *data)
{
	FILE *file = to ? fopen (to, "w") : NULL;

	(void) processor;
	(void) data;
	to = NULL; /* the first time counts */
	if (file) {
		fprintf (file, "%llu\n", (unsigned long long) executed);
		fclose (file);
	}
}

static void
translated (qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	(void) id;
	if (qemu_plugin_tb_vaddr (tb) == until)
		qemu_plugin_register_vcpu_tb_exec_cb (
			tb, arrived, QEMU_PLUGIN_CB_NO_REGS, NULL);
	qemu_plugin_register_vcpu_tb_exec_cb (
		tb, ran, QEMU_PLUGIN_CB_NO_REGS,
		(void *) (uintptr_t) qemu_plugin_tb_n_insns (tb));
}

int
qemu_plugin_install (qemu_plugin_id_t id, const qemu_info_t *info, int argc,
		     char **argv)
{
	int i;

	(void) info;
	for (i = 0; i < argc; i++) {
		if (!strncmp (argv[i], "until=", 6))
			until = strtoull (argv[i] + 6, NULL, 16);
		else if (!strncmp (argv[i], "to=", 3))
			to = strdup (argv[i] + 3);
	}
	if (!to)
		return -1;
	qemu_plugin_register_vcpu_tb_trans_cb (id, translated);
	return 0;
}
