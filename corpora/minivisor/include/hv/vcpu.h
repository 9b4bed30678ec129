/* SPDX-License-Identifier: MIT */
#ifndef HV_VCPU_H
#define HV_VCPU_H

#include "lib/types.h"

struct vcpu; /* the architecture's own */

enum vcpu_end {
	VCPU_EXITED, /* by hypercall */
	VCPU_SHUTDOWN, /* triple fault */
	VCPU_FAULT, /* did what the hypervisor does not allow */
};

/* Multiboot entry: 32-bit flat protected mode at `entry`, ebx = `info`. */
void vcpu_reset (u32 entry, u32 info);

/* Run the guest until it ends. */
enum vcpu_end vcpu_run (void);

/* Ask the run loop to end after this exit. */
void vcpu_stop (enum vcpu_end how, u64 status);
bool vcpu_stopping (void);
u64 vcpu_status (void);

#endif
