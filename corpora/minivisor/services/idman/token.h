/* SPDX-License-Identifier: MIT */
#ifndef SERVICES_IDMAN_TOKEN_H
#define SERVICES_IDMAN_TOKEN_H

#include "hv/bootinfo.h"
#include "lib/types.h"

#define TOKEN_WRAPPED_SIZE 72 /* a 64-byte key, wrapped: RFC 3394 */

/* The token file, little endian. */
struct token {
	char magic[8];
	u32 iterations; /* of PBKDF2 */
	u32 reserved;
	u8 salt[16];
	u8 wrapped[TOKEN_WRAPPED_SIZE];
};

int token_read (const struct hv_module *module, struct token *token);

#endif
