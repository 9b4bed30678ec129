/* SPDX-License-Identifier: MIT */
#ifndef LIB_CRYPTO_KEYWRAP_H
#define LIB_CRYPTO_KEYWRAP_H

#include "lib/types.h"

#define KEYWRAP_MOST 128 /* bytes of a key that can be unwrapped */

/*
 * Unwrap `length` bytes (a multiple of 8) into `length` - 8 bytes, RFC 3394
 * section 2.2.2. -EBADMSG, with the output wiped, for a wrong key.
 */
int keywrap_unwrap (const u8 *kek, unsigned int kek_bits, const u8 *in,
		    size_t length, u8 *out);

#endif
