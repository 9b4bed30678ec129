/* SPDX-License-Identifier: MIT */
/* AES-256-XTS, IEEE 1619-2007 section 5; tweak: the sector, little endian. */

#include "lib/crypto/xts.h"
#include "lib/string.h"

void
xts_set_key (struct xts_key *k, const u8 key[64])
{
	aes_set_key (&k->data, key, 256);
	aes_set_key (&k->tweak, key + 32, 256);
}

static void
first_tweak (const struct xts_key *k, u64 sector, u8 *tweak)
{
	int i;

	for (i = 0; i < AES_BLOCK; i++)
		tweak[i] = i < 8 ? (u8) (sector >> 8 * i) : 0;
	aes_encrypt_block (&k->tweak, tweak);
}

/* Section 5.2: times alpha in GF(2^128). */
static void
next_tweak (u8 *tweak)
{
	u8 carry = 0, out;
	int i;

	for (i = 0; i < AES_BLOCK; i++) {
		out = tweak[i] >> 7;
		tweak[i] = (u8) (tweak[i] << 1 | carry);
		carry = out;
	}
	tweak[0] ^= (u8) (carry * 0x87);
}

static void
mask (u8 *block, const u8 *tweak)
{
	int i;

	for (i = 0; i < AES_BLOCK; i++)
		block[i] ^= tweak[i];
}

static void
xts_crypt (const struct xts_key *k, u64 sector, u8 *data, size_t length,
	   void (*block) (const struct aes_key *k, u8 *data))
{
	u8 tweak[AES_BLOCK];

	first_tweak (k, sector, tweak);
	for (; length >= AES_BLOCK; length -= AES_BLOCK, data += AES_BLOCK) {
		mask (data, tweak);
		block (&k->data, data);
		mask (data, tweak);
		next_tweak (tweak);
	}
	memzero_explicit (tweak, sizeof tweak);
}

void
xts_encrypt_sector (const struct xts_key *k, u64 sector, u8 *data,
		    size_t length)
{
	xts_crypt (k, sector, data, length, aes_encrypt_block);
}

void
xts_decrypt_sector (const struct xts_key *k, u64 sector, u8 *data,
		    size_t length)
{
	xts_crypt (k, sector, data, length, aes_decrypt_block);
}
