/* SPDX-License-Identifier: MIT */
/*
 * The used part of QEMU's plugin interface, declared here because Debian ships
 * no header (QEMU, include/qemu/qemu-plugin.h). It is the same in the interface
 * versions 0 (QEMU 4.2) to 4 (QEMU 10).
 */

#ifndef TCBSPLIT_PLUGIN_QEMU_H
#define TCBSPLIT_PLUGIN_QEMU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QEMU_EXPORTED __attribute__ ((visibility ("default")))

typedef uint64_t qemu_plugin_id_t;
struct qemu_plugin_tb; /* a translated block of code */
struct qemu_plugin_insn; /* an instruction of one */

/* QEMU's information at installation; not used here. */
typedef struct qemu_info_t qemu_info_t;

enum qemu_plugin_cb_flags {
	QEMU_PLUGIN_CB_NO_REGS, /* the callback reads no registers */
	QEMU_PLUGIN_CB_R_REGS,
	QEMU_PLUGIN_CB_RW_REGS,
};

typedef void (*qemu_plugin_vcpu_tb_trans_cb_t) (qemu_plugin_id_t id,
						struct qemu_plugin_tb *tb);
typedef void (*qemu_plugin_vcpu_udata_cb_t) (unsigned int vcpu, void *data);

typedef void (*qemu_plugin_simple_cb_t) (qemu_plugin_id_t id);

void qemu_plugin_register_vcpu_tb_trans_cb (qemu_plugin_id_t id,
					    qemu_plugin_vcpu_tb_trans_cb_t cb);
void qemu_plugin_register_vcpu_tb_exec_cb (struct qemu_plugin_tb *tb,
					   qemu_plugin_vcpu_udata_cb_t cb,
					   enum qemu_plugin_cb_flags flags,
					   void *data);
/*
 * Drop all translated code and all registrations, then call `cb`, after all
 * processors have left translated code. Must not be called while a block is
 * being translated (QEMU issue 2570).
 */
void qemu_plugin_reset (qemu_plugin_id_t id, qemu_plugin_simple_cb_t cb);
uint64_t qemu_plugin_tb_vaddr (const struct qemu_plugin_tb *tb);
size_t qemu_plugin_tb_n_insns (const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *
qemu_plugin_tb_get_insn (const struct qemu_plugin_tb *tb, size_t number);
size_t qemu_plugin_insn_size (const struct qemu_plugin_insn *insn);
uint64_t qemu_plugin_insn_vaddr (const struct qemu_plugin_insn *insn);
/* Address of the instruction in QEMU's own memory; NULL for device memory. */
void *qemu_plugin_insn_haddr (const struct qemu_plugin_insn *insn);

/* Symbols that a plugin defines: its interface version and its entry. */
extern QEMU_EXPORTED int qemu_plugin_version;
QEMU_EXPORTED int qemu_plugin_install (qemu_plugin_id_t id,
				       const qemu_info_t *info, int argc,
				       char **argv);

#endif
