/* SPDX-License-Identifier: MIT */
/* Reads and checks the token file. */

#include "services/idman/token.h"
#include "lib/errno.h"
#include "lib/string.h"

#define MOST_ITERATIONS 10000000

int
token_read (const struct hv_module *module, struct token *token)
{
	int error = -ENOENT;

	if (!module)
		goto out;
	error = -EINVAL;
	if (module->size != sizeof *token)
		goto out;
	memcpy (token, module->data, sizeof *token);
	if (memcmp (token->magic, "MVTOKEN1", sizeof token->magic) ||
	    !token->iterations || token->iterations > MOST_ITERATIONS ||
	    token->reserved)
		goto out;
	error = 0;
out:
	return error;
}
