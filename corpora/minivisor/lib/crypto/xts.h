/* SPDX-License-Identifier: MIT */
#ifndef LIB_CRYPTO_XTS_H
#define LIB_CRYPTO_XTS_H

#include "lib/crypto/aes.h"

struct xts_key {
	struct aes_key data, tweak;
};

/* AES-256-XTS, IEEE 1619-2007; length: a multiple of 16. */
void xts_set_key (struct xts_key *k, const u8 key[64]);
void xts_encrypt_sector (const struct xts_key *k, u64 sector, u8 *data,
			 size_t length);
void xts_decrypt_sector (const struct xts_key *k, u64 sector, u8 *data,
			 size_t length);

#endif
