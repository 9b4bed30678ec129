/* SPDX-License-Identifier: MIT */
#ifndef LIB_CRYPTO_AES_H
#define LIB_CRYPTO_AES_H

#include "lib/types.h"

#define AES_BLOCK 16

struct aes_key {
	u32 words[60]; /* the expanded key */
	int rounds;
};

/* FIPS 197; bits: 128, 192 or 256. */
void aes_set_key (struct aes_key *k, const u8 *key, unsigned int bits);
void aes_encrypt_block (const struct aes_key *k, u8 block[AES_BLOCK]);
void aes_decrypt_block (const struct aes_key *k, u8 block[AES_BLOCK]);

#endif
