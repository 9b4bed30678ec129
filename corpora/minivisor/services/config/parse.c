/* SPDX-License-Identifier: MIT */
/* The configuration's text: lines `key = value`, comments begin with #. */

#include "services/config/parse.h"
#include "hv/console.h"
#include "lib/errno.h"
#include "lib/string.h"

struct line {
	char key[32];
	char value[64];
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

/* Every key once. */
static const char *
apply_line (const struct line *line, struct config *c, u32 *seen)
{
	const char *key;
	unsigned int i;

	for (i = 0; (key = config_key (i)); i++)
		if (!strcmp (key, line->key))
			break;
	if (!key)
		return "unknown key";
	if (*seen & 1u << i)
		return "second value";
	*seen |= 1u << i;
	return config_set (c, i, line->value) ? "bad value" : NULL;
}

static int
report_missing (u32 seen)
{
	unsigned int i;
	int error = 0;

	for (i = 0; config_key (i); i++) {
		if (seen & 1u << i)
			continue;
		printf ("config: no line gives %s\n", config_key (i));
		error = -EINVAL;
	}
	return error;
}

int
config_parse (const char *text, size_t length, struct config *c)
{
	const char *end = text + length, *stop, *problem;
	struct line line;
	unsigned int number;
	u32 seen = 0;
	int kind, error = 0;

	for (number = 1; text < end; number++, text = stop + 1) {
		for (stop = text; stop < end && *stop != '\n'; stop++)
			;
		memset (&line, 0, sizeof line);
		kind = split_line (&line, text, stop);
		if (kind > 0)
			continue;
		problem = kind ? "not a short `key = value'" :
			apply_line (&line, c, &seen);
		if (problem) {
			printf ("config: line %u: %s%s%s\n", number, line.key,
				*line.key ? ": " : "", problem);
			error = -EINVAL;
		}
	}
	return error ? error : report_missing (seen);
}
