/* SPDX-License-Identifier: MIT */
/* Loads the signed configuration from its module. */

#include "hv/bootinfo.h"
#include "hv/config.h"
#include "hv/console.h"
#include "hv/unit.h"
#include "lib/crypto/ed25519.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "services/config/parse.h"
#include "services/config/pubkey.h"

#define SIGNATURE_SIZE 64

static const char marker[] = "signature = ";

struct config config;

int config_init (void);

static int
hex_digit (char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

static int
parse_signature (const char *text, u8 *signature)
{
	int i, high, low;

	for (i = 0; i < SIGNATURE_SIZE; i++) {
		high = hex_digit (text[2 * i]);
		low = hex_digit (text[2 * i + 1]);
		if (high < 0 || low < 0)
			return -EINVAL;
		signature[i] = (u8) (high << 4 | low);
	}
	return 0;
}

/* The signature is the last line, over every byte before it. */
static int
verify (const char *text, size_t size, size_t *signed_size)
{
	const size_t tail = sizeof marker - 1 + 2 * SIGNATURE_SIZE + 1;
	u8 signature[SIGNATURE_SIZE];
	int error = -EBADMSG;

	if (size < tail || text[size - 1] != '\n' ||
	    memcmp (text + size - tail, marker, sizeof marker - 1))
		goto out;
	if (parse_signature (text + size - 2 * SIGNATURE_SIZE - 1, signature))
		goto out;
	*signed_size = size - tail;
	error = ed25519_verify (signature, text, *signed_size, config_pubkey);
out:
	return error;
}

int
config_init (void)
{
	const struct hv_module *m = bootinfo_module ("config");
	size_t size;
	int error = -ENOENT;

	if (!m) {
		printf ("config: no module named config\n");
		goto out;
	}
	error = verify (m->data, m->size, &size);
	if (error) {
		printf ("config: signature verification failed\n");
		goto out;
	}
	error = config_parse (m->data, size, &config);
	if (error)
		goto out;
	config.loaded = 1;
	printf ("config: %s\n", config.banner);
out:
	return error;
}

UNIT ("preproc1", config_init);
