/* SPDX-License-Identifier: MIT */
#ifndef GUEST_LIB_PAGING_H
#define GUEST_LIB_PAGING_H

#include "lib/types.h"

/* Where the first 4 MiB appear a second time while paging is on. */
#define PAGING_ALIAS 0xA0000000u

/*
 * Identity map in 4 MiB pages, but for PAGING_ALIAS: linear addresses that
 * are no physical ones.
 */
void paging_on (void);
void paging_off (void);

#endif
