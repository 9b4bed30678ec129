/* SPDX-License-Identifier: MIT */
/*
 * Ed25519 verification, RFC 8032 section 5.1.7, in extended coordinates
 * (section 5.1.4: x = X/Z, y = Y/Z, x * y = T/Z).
 */

#include "lib/crypto/ed25519.h"
#include "lib/crypto/field25519.h"
#include "lib/crypto/sha512.h"
#include "lib/errno.h"
#include "lib/string.h"

struct point {
	struct fe x, y, z, t;
};

/* Section 5.1: the curve's d, a square root of -1, and the base point. */
static const struct fe curve_d = { {
	0x34dca135978a3, 0x1a8283b156ebd, 0x5e7a26001c029,
	0x739c663a03cbb, 0x52036cee2b6ff
} };
static const struct fe root_minus_1 = { {
	0x61b274a0ea0b0, 0x0d5a5fc8f189d, 0x7ef5e9cbd0c60,
	0x78595a6804c9e, 0x2b8324804fc1d
} };
static const struct fe base_x = { {
	0x62d608f25d51a, 0x412a4b4f6592a, 0x75b7171a4b31d,
	0x1ff60527118fe, 0x216936d3cd6e5
} };
static const struct fe base_y = { {
	0x6666666666658, 0x4cccccccccccc, 0x1999999999999,
	0x3333333333333, 0x6666666666666
} };

/* Section 5.1: the order of the base point, little endian. */
static const u8 order[32] = {
	0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58,
	0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
};

/* Section 5.1.4: complete addition, for doubling too. */
static void
add (struct point *r, const struct point *p, const struct point *q)
{
	struct fe a, b, c, d, e, f, g, h, t;

	fe_sub (&a, &p->y, &p->x);
	fe_sub (&t, &q->y, &q->x);
	fe_mul (&a, &a, &t);
	fe_add (&b, &p->y, &p->x);
	fe_add (&t, &q->y, &q->x);
	fe_mul (&b, &b, &t);
	fe_mul (&c, &p->t, &q->t);
	fe_mul (&c, &c, &curve_d);
	fe_add (&c, &c, &c);
	fe_mul (&d, &p->z, &q->z);
	fe_add (&d, &d, &d);
	fe_sub (&e, &b, &a);
	fe_sub (&f, &d, &c);
	fe_add (&g, &d, &c);
	fe_add (&h, &b, &a);
	fe_mul (&r->x, &e, &f);
	fe_mul (&r->y, &g, &h);
	fe_mul (&r->t, &e, &h);
	fe_mul (&r->z, &f, &g);
}

/* r = scalar * p; the scalar has 256 bits, little endian. */
static void
multiply (struct point *r, const u8 scalar[32], const struct point *p)
{
	struct point sum;
	int bit;

	fe_set (&sum.x, 0);
	fe_set (&sum.y, 1);
	fe_set (&sum.z, 1);
	fe_set (&sum.t, 0);
	for (bit = 255; bit >= 0; bit--) {
		add (&sum, &sum, &sum);
		if (scalar[bit / 8] >> bit % 8 & 1)
			add (&sum, &sum, p);
	}
	*r = sum;
}

/* The square root of u / v, section 5.1.3 steps 2 and 3. */
static int
root (struct fe *x, const struct fe *u, const struct fe *v)
{
	struct fe v3, t, check, minus_u;
	int error = 0;

	fe_mul (&v3, v, v);
	fe_mul (&v3, &v3, v);
	fe_mul (&t, &v3, &v3);
	fe_mul (&t, &t, v);
	fe_mul (&t, &t, u); /* u * v^7 */
	fe_power_root (&t, &t);
	fe_mul (&t, &t, &v3);
	fe_mul (x, &t, u);
	fe_mul (&check, x, x);
	fe_mul (&check, &check, v);
	fe_set (&minus_u, 0);
	fe_sub (&minus_u, &minus_u, u);
	if (fe_equal (&check, &minus_u))
		fe_mul (x, x, &root_minus_1);
	else if (!fe_equal (&check, u))
		error = -EBADMSG;
	return error;
}

/* Section 5.1.3; an encoding that is not canonical is refused. */
static int
decode (struct point *p, const u8 in[32])
{
	struct fe u, v, one, zero;
	u8 canonical[32];
	bool sign = in[31] >> 7;
	int error = -EBADMSG;

	fe_load (&p->y, in);
	fe_store (canonical, &p->y);
	canonical[31] |= (u8) (sign << 7);
	if (memcmp (canonical, in, sizeof canonical))
		goto out;
	fe_set (&one, 1);
	fe_set (&zero, 0);
	fe_mul (&u, &p->y, &p->y);
	fe_mul (&v, &u, &curve_d);
	fe_sub (&u, &u, &one);
	fe_add (&v, &v, &one);
	if (root (&p->x, &u, &v))
		goto out;
	if (fe_equal (&p->x, &zero) && sign)
		goto out;
	if (fe_odd (&p->x) != sign)
		fe_sub (&p->x, &zero, &p->x);
	fe_set (&p->z, 1);
	fe_mul (&p->t, &p->x, &p->y);
	error = 0;
out:
	return error;
}

static void
encode (u8 out[32], const struct point *p)
{
	struct fe inverse, x, y;

	fe_invert (&inverse, &p->z);
	fe_mul (&x, &p->x, &inverse);
	fe_mul (&y, &p->y, &inverse);
	fe_store (out, &y);
	out[31] |= (u8) (fe_odd (&x) << 7);
}

/* Little endian: is the scalar smaller than the order? */
static bool
below_order (const u8 s[32])
{
	int i;

	for (i = 31; i >= 0; i--)
		if (s[i] != order[i])
			return s[i] < order[i];
	return false;
}

static bool
subtract_order (u8 r[33])
{
	u8 t[33];
	int i, borrow = 0, digit;

	for (i = 0; i < 33; i++) {
		digit = r[i] - (i < 32 ? order[i] : 0) - borrow;
		borrow = digit < 0;
		t[i] = (u8) digit;
	}
	if (!borrow)
		memcpy (r, t, sizeof t);
	return !borrow;
}

/* A digest of 64 bytes modulo the order, bit by bit: slow and plain. */
static void
reduce (u8 out[32], const u8 digest[64])
{
	u8 r[33] = { 0 };
	int bit, i;

	for (bit = 511; bit >= 0; bit--) {
		for (i = 32; i > 0; i--)
			r[i] = (u8) (r[i] << 1 | r[i - 1] >> 7);
		r[0] = (u8) (r[0] << 1 | (digest[bit / 8] >> bit % 8 & 1));
		while (subtract_order (r))
			;
	}
	memcpy (out, r, 32);
}

int
ed25519_verify (const u8 signature[64], const void *message, size_t length,
		const u8 public_key[32])
{
	struct sha512_ctx hash;
	struct point base, a, sum, ka;
	struct fe zero;
	u8 digest[64], k[32], r[32];
	int error = -EBADMSG;

	if (!below_order (signature + 32) || decode (&a, public_key))
		goto out;
	sha512_init (&hash);
	sha512_update (&hash, signature, 32);
	sha512_update (&hash, public_key, 32);
	sha512_update (&hash, message, length);
	sha512_final (&hash, digest);
	reduce (k, digest);
	/* R = s * B - k * A */
	base.x = base_x;
	base.y = base_y;
	fe_set (&base.z, 1);
	fe_mul (&base.t, &base_x, &base_y);
	multiply (&sum, signature + 32, &base);
	fe_set (&zero, 0);
	fe_sub (&a.x, &zero, &a.x);
	fe_sub (&a.t, &zero, &a.t);
	multiply (&ka, k, &a);
	add (&sum, &sum, &ka);
	encode (r, &sum);
	if (!memcmp (r, signature, sizeof r))
		error = 0;
out:
	return error;
}
