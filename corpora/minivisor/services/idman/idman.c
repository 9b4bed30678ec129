/* SPDX-License-Identifier: MIT */
/* Identity management: a PIN unwraps the storage key from a token. */

#include "hv/bootinfo.h"
#include "hv/console.h"
#include "hv/idman.h"
#include "hv/unit.h"
#include "lib/crypto/keywrap.h"
#include "lib/crypto/pbkdf2.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "services/idman/token.h"

#define TRIES 3
#define PIN_SIZE 32
#define KEK_SIZE 32

u8 idman_storage_key[STORAGE_KEY_SIZE];

int idman_init (void);

/* One try; -EBADMSG for a wrong PIN. */
static int
unwrap_with_pin (const struct token *token)
{
	char pin[PIN_SIZE];
	u8 kek[KEK_SIZE];
	int error, length;

	printf ("idman: PIN: ");
	length = console_getline (pin, sizeof pin, false);
	pbkdf2_hmac_sha256 (pin, (size_t) length, token->salt,
			    sizeof token->salt, token->iterations, kek,
			    sizeof kek);
	error = keywrap_unwrap (kek, 256, token->wrapped,
				sizeof token->wrapped, idman_storage_key);
	memzero_explicit (pin, sizeof pin);
	memzero_explicit (kek, sizeof kek);
	return error;
}

int
idman_init (void)
{
	struct token token;
	int left, error;

	error = token_read (bootinfo_module ("token"), &token);
	if (error) {
		printf ("idman: no usable token (%d)\n", error);
		goto out;
	}
	for (left = TRIES - 1; left >= 0; left--) {
		error = unwrap_with_pin (&token);
		if (!error)
			break;
		printf ("idman: wrong PIN, %d tries left\n", left);
	}
	if (error) {
		printf ("idman: three wrong PINs, refusing to boot\n");
		memzero_explicit (idman_storage_key, STORAGE_KEY_SIZE);
		error = -EACCES;
		goto out;
	}
	printf ("idman: storage key unwrapped\n");
out:
	return error;
}

UNIT ("preproc2", idman_init);
