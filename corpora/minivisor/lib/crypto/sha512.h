/* SPDX-License-Identifier: MIT */
#ifndef LIB_CRYPTO_SHA512_H
#define LIB_CRYPTO_SHA512_H

#include "lib/types.h"

#define SHA512_SIZE 64
#define SHA512_BLOCK 128

struct sha512_ctx {
	u64 state[8];
	u64 length; /* bytes so far */
	u8 block[SHA512_BLOCK];
};

/* FIPS 180-4. */
void sha512_init (struct sha512_ctx *c);
void sha512_update (struct sha512_ctx *c, const void *data, size_t length);
void sha512_final (struct sha512_ctx *c, u8 digest[SHA512_SIZE]);

#endif
