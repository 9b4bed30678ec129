/* SPDX-License-Identifier: MIT */
/* AES key unwrap, RFC 3394 section 2.2.2, index based. */

#include "lib/crypto/keywrap.h"
#include "lib/crypto/aes.h"
#include "lib/errno.h"
#include "lib/string.h"

int
keywrap_unwrap (const u8 *kek, unsigned int kek_bits, const u8 *in,
		size_t length, u8 *out)
{
	/* Section 2.2.3.1. */
	static const u8 initial[8] = {
		0xA6, 0xA6, 0xA6, 0xA6, 0xA6, 0xA6, 0xA6, 0xA6
	};
	struct aes_key key;
	u8 block[AES_BLOCK];
	size_t n = length / 8 - 1, i;
	u64 t;
	int j, b, error = -EINVAL;

	if (length % 8 || length < 24 || length - 8 > KEYWRAP_MOST)
		goto out;
	aes_set_key (&key, kek, kek_bits);
	memcpy (block, in, 8);
	memcpy (out, in + 8, length - 8);
	for (j = 5; j >= 0; j--) {
		for (i = n; i >= 1; i--) {
			t = n * (u64) j + i;
			for (b = 0; b < 8; b++)
				block[7 - b] ^= (u8) (t >> 8 * b);
			memcpy (block + 8, out + 8 * (i - 1), 8);
			aes_decrypt_block (&key, block);
			memcpy (out + 8 * (i - 1), block + 8, 8);
		}
	}
	error = 0;
	if (memdiffer (block, initial, sizeof initial)) {
		memzero_explicit (out, length - 8);
		error = -EBADMSG;
	}
	memzero_explicit (&key, sizeof key);
	memzero_explicit (block, sizeof block);
out:
	return error;
}
