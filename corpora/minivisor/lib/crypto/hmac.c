/* SPDX-License-Identifier: MIT */
/* HMAC-SHA-256, FIPS 198-1. */

#include "lib/crypto/hmac.h"
#include "lib/string.h"

void
hmac_init (struct hmac_ctx *c, const void *key, size_t length)
{
	u8 block[SHA256_BLOCK] = { 0 };
	int i;

	if (length > sizeof block)
		sha256 (key, length, block);
	else
		memcpy (block, key, length);
	for (i = 0; i < SHA256_BLOCK; i++)
		block[i] ^= 0x36;
	sha256_init (&c->inner);
	sha256_update (&c->inner, block, sizeof block);
	for (i = 0; i < SHA256_BLOCK; i++)
		block[i] ^= 0x36 ^ 0x5C;
	sha256_init (&c->outer);
	sha256_update (&c->outer, block, sizeof block);
	memzero_explicit (block, sizeof block);
}

void
hmac_update (struct hmac_ctx *c, const void *data, size_t length)
{
	sha256_update (&c->inner, data, length);
}

void
hmac_final (struct hmac_ctx *c, u8 mac[SHA256_SIZE])
{
	u8 digest[SHA256_SIZE];

	sha256_final (&c->inner, digest);
	sha256_update (&c->outer, digest, sizeof digest);
	sha256_final (&c->outer, mac);
	memzero_explicit (digest, sizeof digest);
}
