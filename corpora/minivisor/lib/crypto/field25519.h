/* SPDX-License-Identifier: MIT */
#ifndef LIB_CRYPTO_FIELD25519_H
#define LIB_CRYPTO_FIELD25519_H

#include "lib/types.h"

/* Integers modulo 2^255 - 19 in five limbs of 51 bits. */
struct fe {
	u64 v[5];
};

void fe_set (struct fe *r, u64 small);
void fe_add (struct fe *r, const struct fe *a, const struct fe *b);
void fe_sub (struct fe *r, const struct fe *a, const struct fe *b);
void fe_mul (struct fe *r, const struct fe *a, const struct fe *b);
void fe_invert (struct fe *r, const struct fe *a);

/* a to the power (p - 5) / 8, for square roots. */
void fe_power_root (struct fe *r, const struct fe *a);

/* Little endian; loading ignores bit 255, storing reduces fully. */
void fe_load (struct fe *r, const u8 in[32]);
void fe_store (u8 out[32], const struct fe *a);
bool fe_equal (const struct fe *a, const struct fe *b);
bool fe_odd (const struct fe *a);

#endif
