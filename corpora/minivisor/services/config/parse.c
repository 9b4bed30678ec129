/* The configuration's text: lines `key = value`, comments begin with #. */

#include "services/config/parse.h"
#include "hv/console.h"
#include "lib/errno.h"
#include "lib/string.h"

struct line {
	char key[32];
	char value[64];
};

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

/* Copy without blanks around; -ERANGE when it does not fit. */
static int
copy_word (char *to, size_t size, const char *from, const char *end)
{
	while (from < end && (*from == ' ' || *from == '\t'))
		from++;
	while (from < end && (end[-1] == ' ' || end[-1] == '\t' ||
			      end[-1] == '\r'))
		end--;
	if ((size_t) (end - from) >= size)
		return -ERANGE;
	memcpy (to, from, (size_t) (end - from));
	to[end - from] = '\0';
	return 0;
}

/* 0: a line; 1: nothing on it; negative errno. */
static int
split_line (struct line *line, const char *text, const char *end)
{
	const char *equals = text;
	int error;

	while (text < end && (*text == ' ' || *text == '\t'))
		text++;
	if (text == end || *text == '#' || *text == '\r')
		return 1;
	while (equals < end && *equals != '=')
		equals++;
	if (equals == end)
		return -EINVAL;
	error = copy_word (line->key, sizeof line->key, text, equals);
	if (!error)
		error = copy_word (line->value, sizeof line->value,
				   equals + 1, end);
	return error;
}

static int
apply_line (const struct line *line, struct config *c)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE (keys); i++)
		if (!strcmp (keys[i].name, line->key))
			return keys[i].set (c, line->value);
	return -ENOENT;
}

int
config_parse (const char *text, size_t length, struct config *c)
{
	const char *end = text + length, *stop;
	struct line line;
	unsigned int number;
	int error, result = 0;

	for (number = 1; text < end; number++, text = stop + 1) {
		for (stop = text; stop < end && *stop != '\n'; stop++)
			;
		error = split_line (&line, text, stop);
		if (error > 0)
			continue;
		if (!error)
			error = apply_line (&line, c);
		if (error) {
			printf ("config: line %u: bad key or value (%d)\n",
				number, error);
			result = error;
		}
	}
	return result;
}
