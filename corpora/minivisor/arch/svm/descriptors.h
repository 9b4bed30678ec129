/* SPDX-License-Identifier: MIT */
#ifndef ARCH_SVM_DESCRIPTORS_H
#define ARCH_SVM_DESCRIPTORS_H

#include "lib/types.h"

/* What vectors.S and the processor leave on the stack. */
struct trap_frame {
	u64 vector, error;
	u64 rip, cs, rflags, rsp, ss;
};

/* vectors.S: 32 entries of 16 bytes; never called, entered by exceptions. */
void trap_vectors (void);

/* Called from assembly; does not return. */
void trap_report (const struct trap_frame *f) __attribute__ ((noreturn));

void descriptors_init (void);

#endif
