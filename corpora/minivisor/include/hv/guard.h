/* SPDX-License-Identifier: MIT */
#ifndef HV_GUARD_H
#define HV_GUARD_H

#include "lib/types.h"

/*
 * Close the tables of what guests may do and what is done for them: ports,
 * MSRs, CPUID leaves, hypercalls. Nothing is registered afterwards (-EPERM),
 * and no guest runs before.
 */
void guards_close (void);
bool guards_closed (void);

#endif
