/* SPDX-License-Identifier: MIT */
#ifndef LIB_CRYPTO_ED25519_H
#define LIB_CRYPTO_ED25519_H

#include "lib/types.h"

/* RFC 8032 section 5.1.7; 0 or -EBADMSG. Not constant in time: no secrets. */
int ed25519_verify (const u8 signature[64], const void *message,
		    size_t length, const u8 public_key[32]);

#endif
