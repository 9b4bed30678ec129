/* SPDX-License-Identifier: MIT */
#ifndef HV_REFUSAL_H
#define HV_REFUSAL_H

#include "lib/types.h"

/*
 * Print "minivisor: refused: WHAT NUMBER", once for each pair and guest, and
 * for a limited number of pairs: a guest cannot flood the console. `what` must
 * be a constant text.
 */
void refusal_report (const char *what, u64 number);

#endif
