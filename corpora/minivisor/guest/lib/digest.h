/* SPDX-License-Identifier: MIT */
#ifndef GUEST_LIB_DIGEST_H
#define GUEST_LIB_DIGEST_H

#include "lib/types.h"

#define DIGEST_SIZE 32

/* SHA-256 of a buffer whose length is a multiple of 64. */
void digest (const void *data, size_t length, u8 result[DIGEST_SIZE]);

#endif
