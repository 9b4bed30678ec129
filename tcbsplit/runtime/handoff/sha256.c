/* SPDX-License-Identifier: MIT */
/* SHA-256, FIPS 180-4. */

#include "adapter.h"
#include "handoff.h"

/* Section 4.2.2: fractional parts of the cube roots of the first primes. */
static TCBSPLIT_RETIRED_CONSTANT const tcbsplit_u32 round_constants[64] = {
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

static inline TCBSPLIT_RETIRED_INLINE tcbsplit_u32
rotate (tcbsplit_u32 x, int by)
{
	return x >> by | x << (32 - by);
}

/* Section 6.2.2: one block of 64 bytes. */
static TCBSPLIT_RETIRED void
compress (tcbsplit_u32 state[8], const tcbsplit_u8 *block)
{
	tcbsplit_u32 w[64], v[8], t1, t2;
	int i;

	for (i = 0; i < 16; i++)
		w[i] = (tcbsplit_u32) block[4 * i] << 24 |
			(tcbsplit_u32) block[4 * i + 1] << 16 |
			(tcbsplit_u32) block[4 * i + 2] << 8 | block[4 * i + 3];
	for (; i < 64; i++)
		w[i] = w[i - 16] + w[i - 7] +
			(rotate (w[i - 15], 7) ^ rotate (w[i - 15], 18) ^
			 w[i - 15] >> 3) +
			(rotate (w[i - 2], 17) ^ rotate (w[i - 2], 19) ^
			 w[i - 2] >> 10);
	for (i = 0; i < 8; i++)
		v[i] = state[i];
	for (i = 0; i < 64; i++) {
		t1 = v[7] + (rotate (v[4], 6) ^ rotate (v[4], 11) ^
			     rotate (v[4], 25)) +
			((v[4] & v[5]) ^ (~v[4] & v[6])) +
			round_constants[i] + w[i];
		t2 = (rotate (v[0], 2) ^ rotate (v[0], 13) ^
		      rotate (v[0], 22)) +
			((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
		v[7] = v[6];
		v[6] = v[5];
		v[5] = v[4];
		v[4] = v[3] + t1;
		v[3] = v[2];
		v[2] = v[1];
		v[1] = v[0];
		v[0] = t1 + t2;
	}
	for (i = 0; i < 8; i++)
		state[i] += v[i];
}

void
tcbsplit_sha256 (const void *data, tcbsplit_u64 length, tcbsplit_u8 digest[32])
{
	tcbsplit_u32 state[8] = {
		0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
		0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
	};
	const tcbsplit_u8 *p = data;
	tcbsplit_u8 last[128];
	tcbsplit_u64 rest = length, bits = length * 8, size;
	int i;

	for (; rest >= 64; rest -= 64, p += 64)
		compress (state, p);
	/* Section 5.1.1: a one bit, zeros, the length in bits. */
	tcbsplit_wipe (last, sizeof last);
	__builtin_memcpy (last, p, rest);
	last[rest] = 0x80;
	size = rest < 56 ? 64 : 128;
	for (i = 0; i < 8; i++)
		last[size - 1 - i] = (tcbsplit_u8) (bits >> (8 * i));
	compress (state, last);
	if (size == 128)
		compress (state, last + 64);
	for (i = 0; i < 32; i++)
		digest[i] = (tcbsplit_u8) (state[i / 4] >> (24 - 8 * (i % 4)));
	tcbsplit_wipe (last, sizeof last);
}
