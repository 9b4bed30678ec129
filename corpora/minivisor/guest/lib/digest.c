/* SPDX-License-Identifier: MIT */
/*
 * SHA-256, FIPS 180-4: the guest's own, apart from the hypervisor's, whose
 * copy may leave it with the code that needs it.
 */

#include "guest/lib/digest.h"

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

static void
compress (u32 h[8], const u8 *p)
{
	u32 w[16], a[8], s0, s1, t1, t2;
	int i, j;

	for (i = 0; i < 8; i++)
		a[i] = h[i];
	for (i = 0; i < 64; i++) {
		j = i % 16;
		if (i < 16) {
			w[j] = (u32) p[4 * i] << 24 | (u32) p[4 * i + 1] << 16 |
				(u32) p[4 * i + 2] << 8 | p[4 * i + 3];
		} else {
			s0 = w[(i + 1) % 16];
			s1 = w[(i + 14) % 16];
			w[j] += w[(i + 9) % 16] +
				(rotr (s0, 7) ^ rotr (s0, 18) ^ s0 >> 3) +
				(rotr (s1, 17) ^ rotr (s1, 19) ^ s1 >> 10);
		}
		t1 = a[7] + k[i] + w[j] + ((a[4] & a[5]) ^ (~a[4] & a[6])) +
			(rotr (a[4], 6) ^ rotr (a[4], 11) ^ rotr (a[4], 25));
		t2 = (rotr (a[0], 2) ^ rotr (a[0], 13) ^ rotr (a[0], 22)) +
			((a[0] & a[1]) ^ (a[0] & a[2]) ^ (a[1] & a[2]));
		for (j = 7; j > 0; j--)
			a[j] = a[j - 1];
		a[4] += t1;
		a[0] = t1 + t2;
	}
	for (i = 0; i < 8; i++)
		h[i] += a[i];
}

void
digest (const void *bytes, size_t length, u8 result[DIGEST_SIZE])
{
	u32 h[8] = {
		0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
		0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
	};
	u8 last[64] = { 0x80 };
	const u8 *data = bytes;
	size_t at;
	int i;

	for (at = 0; at < length; at += 64)
		compress (h, data + at);
	for (i = 0; i < 4; i++)
		last[60 + i] = (u8) (length << 3 >> (24 - 8 * i));
	compress (h, last);
	for (i = 0; i < 32; i++)
		result[i] = (u8) (h[i / 4] >> (24 - 8 * (i % 4)));
}
