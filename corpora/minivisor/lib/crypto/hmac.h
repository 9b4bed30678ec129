/* SPDX-License-Identifier: MIT */
#ifndef LIB_CRYPTO_HMAC_H
#define LIB_CRYPTO_HMAC_H

#include "lib/crypto/sha256.h"

struct hmac_ctx {
	struct sha256_ctx inner, outer;
};

/* HMAC-SHA-256, FIPS 198-1. A context may be copied to be used again. */
void hmac_init (struct hmac_ctx *c, const void *key, size_t length);
void hmac_update (struct hmac_ctx *c, const void *data, size_t length);
void hmac_final (struct hmac_ctx *c, u8 mac[SHA256_SIZE]);

#endif
