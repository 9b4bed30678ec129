/* SPDX-License-Identifier: MIT */
#ifndef TCBSPLIT_PLATFORM_H
#define TCBSPLIT_PLATFORM_H

#include "tcbsplit_types.h"

/*
 * Services of the boot environment for an adapter, if the guest has more than
 * one image (split.guest.images): each image links its own implementation. All
 * functions that return int return 0 or a negative errno.
 */

/* Call it first; boot_info is the argument of the image's entry. */
int tcbsplit_platform_init (const void *boot_info);

void tcbsplit_platform_put (char c);

/* Wait for a key and return it. */
char tcbsplit_platform_get (void);

/*
 * Read the guest's input file, at most `most` bytes. Return its length in bytes,
 * or a negative errno.
 */
long tcbsplit_platform_input (void *to, unsigned long most);

/* End this guest; status 0 is success. */
void tcbsplit_platform_end (int status) __attribute__ ((noreturn));

#endif
