/* SPDX-License-Identifier: MIT */
/* The field of Curve25519. */

#include "lib/crypto/field25519.h"
#include "lib/string.h"

#define MASK ((1ULL << 51) - 1)

__extension__ typedef unsigned __int128 u128;

void
fe_set (struct fe *r, u64 small)
{
	*r = (struct fe) { { small, 0, 0, 0, 0 } };
}

static void
carry (struct fe *r)
{
	u64 c = 0;
	int i;

	for (i = 0; i < 5; i++) {
		r->v[i] += c;
		c = r->v[i] >> 51;
		r->v[i] &= MASK;
	}
	r->v[0] += 19 * c; /* 2^255 = 19 */
}

void
fe_add (struct fe *r, const struct fe *a, const struct fe *b)
{
	int i;

	for (i = 0; i < 5; i++)
		r->v[i] = a->v[i] + b->v[i];
	carry (r);
}

void
fe_sub (struct fe *r, const struct fe *a, const struct fe *b)
{
	int i;

	/* 4p is added, so that no limb goes below zero. */
	for (i = 0; i < 5; i++)
		r->v[i] = a->v[i] + 4 * (i ? MASK : MASK - 18) - b->v[i];
	carry (r);
}

void
fe_mul (struct fe *r, const struct fe *a, const struct fe *b)
{
	u128 t[5] = { 0 }, c = 0;
	int i, j;

	for (i = 0; i < 5; i++)
		for (j = 0; j < 5; j++)
			t[(i + j) % 5] += (u128) a->v[i] * b->v[j] *
				(i + j < 5 ? 1 : 19);
	for (i = 0; i < 5; i++) {
		t[i] += c;
		r->v[i] = (u64) t[i] & MASK;
		c = t[i] >> 51;
	}
	r->v[0] += 19 * (u64) c;
	carry (r);
}

/* a to the power whose bits are 1 from 254 down to 5, then `low` (5 bits). */
static void
power (struct fe *r, const struct fe *a, int top, unsigned int low)
{
	struct fe result = *a;
	int bit;

	for (bit = top - 1; bit >= 0; bit--) {
		fe_mul (&result, &result, &result);
		if (bit >= 5 || low >> bit & 1)
			fe_mul (&result, &result, a);
	}
	*r = result;
}

void
fe_invert (struct fe *r, const struct fe *a)
{
	power (r, a, 254, 0x0B); /* p - 2 = 2^255 - 21 */
}

void
fe_power_root (struct fe *r, const struct fe *a)
{
	power (r, a, 251, 0x1D); /* (p - 5) / 8 = 2^252 - 3 */
}

void
fe_load (struct fe *r, const u8 in[32])
{
	u64 words[4] = { 0 };
	int i;

	for (i = 0; i < 32; i++)
		words[i / 8] |= (u64) in[i] << 8 * (i % 8);
	r->v[0] = words[0] & MASK;
	r->v[1] = (words[0] >> 51 | words[1] << 13) & MASK;
	r->v[2] = (words[1] >> 38 | words[2] << 26) & MASK;
	r->v[3] = (words[2] >> 25 | words[3] << 39) & MASK;
	r->v[4] = words[3] >> 12 & MASK;
}

void
fe_store (u8 out[32], const struct fe *a)
{
	struct fe t = *a;
	u64 words[4], q = 19;
	int i;

	carry (&t);
	carry (&t);
	/* q becomes 1 when t >= p; then t - p = t + 19 - 2^255. */
	for (i = 0; i < 5; i++)
		q = (t.v[i] + q) >> 51;
	t.v[0] += 19 * q;
	for (i = 0; i < 4; i++) {
		t.v[i + 1] += t.v[i] >> 51;
		t.v[i] &= MASK;
	}
	t.v[4] &= MASK;
	words[0] = t.v[0] | t.v[1] << 51;
	words[1] = t.v[1] >> 13 | t.v[2] << 38;
	words[2] = t.v[2] >> 26 | t.v[3] << 25;
	words[3] = t.v[3] >> 39 | t.v[4] << 12;
	for (i = 0; i < 32; i++)
		out[i] = (u8) (words[i / 8] >> 8 * (i % 8));
}

bool
fe_equal (const struct fe *a, const struct fe *b)
{
	u8 left[32], right[32];

	fe_store (left, a);
	fe_store (right, b);
	return !memcmp (left, right, sizeof left);
}

bool
fe_odd (const struct fe *a)
{
	u8 bytes[32];

	fe_store (bytes, a);
	return bytes[0] & 1;
}
