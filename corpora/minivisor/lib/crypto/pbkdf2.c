/* SPDX-License-Identifier: MIT */
/* PBKDF2 with HMAC-SHA-256, RFC 8018 section 5.2. */

#include "lib/crypto/pbkdf2.h"
#include "lib/crypto/hmac.h"
#include "lib/string.h"

void
pbkdf2_hmac_sha256 (const void *password, size_t password_length,
		    const u8 *salt, size_t salt_length, u32 iterations,
		    u8 *out, size_t length)
{
	struct hmac_ctx keyed, c;
	u8 u[SHA256_SIZE], t[SHA256_SIZE], number[4];
	u32 block, i, j;
	size_t part;

	hmac_init (&keyed, password, password_length);
	for (block = 1; length; block++) {
		for (i = 0; i < 4; i++)
			number[i] = (u8) (block >> (24 - 8 * i));
		c = keyed;
		hmac_update (&c, salt, salt_length);
		hmac_update (&c, number, sizeof number);
		hmac_final (&c, u);
		memcpy (t, u, sizeof t);
		for (i = 1; i < iterations; i++) {
			c = keyed;
			hmac_update (&c, u, sizeof u);
			hmac_final (&c, u);
			for (j = 0; j < SHA256_SIZE; j++)
				t[j] ^= u[j];
		}
		part = length < sizeof t ? length : sizeof t;
		memcpy (out, t, part);
		out += part;
		length -= part;
	}
	memzero_explicit (&keyed, sizeof keyed);
	memzero_explicit (&c, sizeof c);
	memzero_explicit (u, sizeof u);
	memzero_explicit (t, sizeof t);
}
