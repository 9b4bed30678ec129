/* SPDX-License-Identifier: MIT */
#ifndef LIB_CRYPTO_PBKDF2_H
#define LIB_CRYPTO_PBKDF2_H

#include "lib/types.h"

/* PBKDF2 with HMAC-SHA-256, RFC 8018 section 5.2. */
void pbkdf2_hmac_sha256 (const void *password, size_t password_length,
			 const u8 *salt, size_t salt_length, u32 iterations,
			 u8 *out, size_t length);

#endif
