#ifndef GUEST_SHA256_H
#define GUEST_SHA256_H

#include "guest/lib/types.h"

/* FIPS 180-4, of a whole buffer whose length is a multiple of 64. */
void sha256_blocks (const u8 *data, u32 length, u8 digest[32]);

#endif
