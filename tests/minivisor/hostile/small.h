/* SPDX-License-Identifier: MIT */
#ifndef SMALL_H
#define SMALL_H

#include "lib/types.h"

/* 32-bit paging, identity, in pages of 4 KiB for the first 4 MiB. */
void paging_small_on (void);
void paging_small_off (void);

/* The entry of a page of these; and nobody may write to that page. */
u32 *paging_small_entry (u32 page);
void paging_small_protect (u32 page);

#endif
