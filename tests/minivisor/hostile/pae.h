/* SPDX-License-Identifier: MIT */
#ifndef PAE_H
#define PAE_H

#include "lib/types.h"

/* Where the 2 MiB that hold a physical address appear. */
#define WINDOW 0xA0000000u

/* Three-level paging (APM2 5.2.2): identity but for the window. */
void paging_pae_on (u64 physical);
void paging_pae_off (void);

#endif
