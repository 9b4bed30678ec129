/* SPDX-License-Identifier: MIT */
#ifndef TCBSPLIT_PLATFORM_H
#define TCBSPLIT_PLATFORM_H

#include "tcbsplit_types.h"

/*
 * What an adapter asks of whatever started the guest, when the guest has more
 * than one image (split.guest.images): each image links its own answers. All
 * functions that return int return 0 or a negative errno.
 */

/* Before all others; boot_info is what the image's entry was given. */
int tcbsplit_platform_init (const void *boot_info);

void tcbsplit_platform_put (char c);

/* The next key; waits for it. */
char tcbsplit_platform_get (void);

/*
 * Read the guest's input file. The length in bytes, at most most; or a negative
 * errno.
 */
long tcbsplit_platform_input (void *to, unsigned long most);

/* End this guest: 0 went well. */
void tcbsplit_platform_end (int status) __attribute__ ((noreturn));

#endif
