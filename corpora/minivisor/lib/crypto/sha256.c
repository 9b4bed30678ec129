/* SPDX-License-Identifier: MIT */
/* SHA-256, FIPS 180-4. */

#include "lib/crypto/sha256.h"
#include "lib/string.h"

/* Section 4.2.2. */
static const u32 k[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1,
	0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3,
	0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
	0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
	0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
	0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
	0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
	0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
	0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static u32
rotr (u32 x, int by)
{
	return x >> by | x << (32 - by);
}

static u32
expand (const u32 *w)
{
	u32 s0 = rotr (w[1], 7) ^ rotr (w[1], 18) ^ w[1] >> 3;
	u32 s1 = rotr (w[14], 17) ^ rotr (w[14], 19) ^ w[14] >> 10;

	return w[0] + s0 + w[9] + s1;
}

/* Section 6.2.2. */
static void
compress (u32 state[8], const u8 *block)
{
	u32 w[64], v[8], t1, t2;
	int i;

	for (i = 0; i < 16; i++)
		w[i] = (u32) block[4 * i] << 24 | (u32) block[4 * i + 1] << 16 |
			(u32) block[4 * i + 2] << 8 | block[4 * i + 3];
	for (i = 16; i < 64; i++)
		w[i] = expand (w + i - 16);
	memcpy (v, state, sizeof v);
	for (i = 0; i < 64; i++) {
		t1 = v[7] + k[i] + w[i] + ((v[4] & v[5]) ^ (~v[4] & v[6])) +
			(rotr (v[4], 6) ^ rotr (v[4], 11) ^ rotr (v[4], 25));
		t2 = (rotr (v[0], 2) ^ rotr (v[0], 13) ^ rotr (v[0], 22)) +
			((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
		memmove (v + 1, v, 7 * sizeof v[0]);
		v[4] += t1;
		v[0] = t1 + t2;
	}
	for (i = 0; i < 8; i++)
		state[i] += v[i];
	memzero_explicit (w, sizeof w);
}

void
sha256_init (struct sha256_ctx *c)
{
	/* Section 5.3.3. */
	static const u32 start[8] = {
		0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
		0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
	};

	memcpy (c->state, start, sizeof start);
	c->length = 0;
}

void
sha256_update (struct sha256_ctx *c, const void *data, size_t length)
{
	const u8 *p = data;
	size_t used, part;

	while (length) {
		used = c->length % SHA256_BLOCK;
		part = SHA256_BLOCK - used < length ? SHA256_BLOCK - used :
			length;
		memcpy (c->block + used, p, part);
		c->length += part;
		p += part;
		length -= part;
		if (c->length % SHA256_BLOCK == 0)
			compress (c->state, c->block);
	}
}

void
sha256_final (struct sha256_ctx *c, u8 digest[SHA256_SIZE])
{
	u64 bits = c->length * 8;
	u8 pad[SHA256_BLOCK + 8] = { 0x80 }, size[8];
	int i;

	for (i = 0; i < 8; i++)
		size[i] = (u8) (bits >> (56 - 8 * i));
	sha256_update (c, pad, 1 + (119 - c->length % SHA256_BLOCK) %
		       SHA256_BLOCK);
	sha256_update (c, size, sizeof size);
	for (i = 0; i < SHA256_SIZE; i++)
		digest[i] = (u8) (c->state[i / 4] >> (24 - 8 * (i % 4)));
	memzero_explicit (c, sizeof *c);
}

void
sha256 (const void *data, size_t length, u8 digest[SHA256_SIZE])
{
	struct sha256_ctx c;

	sha256_init (&c);
	sha256_update (&c, data, length);
	sha256_final (&c, digest);
}
