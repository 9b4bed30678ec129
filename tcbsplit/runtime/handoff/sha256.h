/* SPDX-License-Identifier: MIT */
#ifndef TCBSPLIT_SHA256_H
#define TCBSPLIT_SHA256_H

#include "tcbsplit_types.h"

/* SHA-256 (FIPS 180-4) of a whole buffer. */
void tcbsplit_sha256 (const void *data, tcbsplit_u64 length,
		      tcbsplit_u8 digest[32]) TCBSPLIT_RETIRED;

#endif
