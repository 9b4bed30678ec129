/* SPDX-License-Identifier: MIT */
#ifndef LIB_CRYPTO_SHA256_H
#define LIB_CRYPTO_SHA256_H

#include "lib/types.h"

#define SHA256_SIZE 32
#define SHA256_BLOCK 64

struct sha256_ctx {
	u32 state[8];
	u64 length; /* bytes so far */
	u8 block[SHA256_BLOCK];
};

/* FIPS 180-4. */
void sha256_init (struct sha256_ctx *c);
void sha256_update (struct sha256_ctx *c, const void *data, size_t length);
void sha256_final (struct sha256_ctx *c, u8 digest[SHA256_SIZE]);
void sha256 (const void *data, size_t length, u8 digest[SHA256_SIZE]);

#endif
