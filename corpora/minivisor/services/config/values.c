/* SPDX-License-Identifier: MIT */
/* The configuration's keys and what their values may be. */

#include "services/config/parse.h"
#include "lib/errno.h"
#include "lib/string.h"

struct key {
	const char *name;
	int (*set) (struct config *c, const char *value);
};

static int
parse_number (const char *text, u64 *number)
{
	u64 n = 0;

	if (!*text)
		return -EINVAL;
	for (; *text; text++) {
		if (*text < '0' || *text > '9' || n > (1ULL << 59))
			return -EINVAL;
		n = n * 10 + (u64) (*text - '0');
	}
	*number = n;
	return 0;
}

static int
set_banner (struct config *c, const char *value)
{
	if (strlen (value) >= sizeof c->banner)
		return -ERANGE;
	memcpy (c->banner, value, strlen (value) + 1);
	return 0;
}

static int
set_first (struct config *c, const char *value)
{
	return parse_number (value, &c->storage_first);
}

static int
set_count (struct config *c, const char *value)
{
	return parse_number (value, &c->storage_count);
}

static int
set_heartbeat (struct config *c, const char *value)
{
	u64 number;
	int error = parse_number (value, &number);

	if (!error && number > 0xFFFFFFFF)
		error = -ERANGE;
	if (!error)
		c->heartbeat = (u32) number;
	return error;
}

static const struct key keys[] = {
	{ "banner", set_banner },
	{ "storage.first", set_first },
	{ "storage.count", set_count },
	{ "heartbeat", set_heartbeat },
};

const char *
config_key (unsigned int index)
{
	return index < ARRAY_SIZE (keys) ? keys[index].name : NULL;
}

int
config_set (struct config *c, unsigned int index, const char *value)
{
	return keys[index].set (c, value);
}
