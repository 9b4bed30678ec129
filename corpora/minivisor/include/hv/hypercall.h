/* SPDX-License-Identifier: MIT */
#ifndef HV_HYPERCALL_H
#define HV_HYPERCALL_H

#include "lib/types.h"

typedef s64 (*hypercall_handler) (u64 a, u64 b, u64 c);

/*
 * One handler a number; -EBUSY where taken, -ENOSPC when full, -EPERM when the
 * guards are closed (hv/guard.h).
 */
int hypercall_register (u64 number, hypercall_handler handler);

/* -ENOSYS for unknown numbers. */
s64 hypercall_dispatch (u64 number, u64 a, u64 b, u64 c);

#endif
