/* SPDX-License-Identifier: MIT */
/* Watched ranges and boundaries, read from a file. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "watch.h"

#define LEAST 4 /* least bytes of code to compare before the end of a page */
#define PATCHED 16 /* least bytes of which some may differ */

struct range {
	uint64_t first, end;
};

struct boundary {
	uint32_t phase;
	bool anywhere;
	uint64_t address;
	size_t length;
	uint8_t code[WATCH_CODE];
};

static struct range ranges[WATCH_RANGES];
static struct boundary boundaries[WATCH_BOUNDARIES];
static unsigned int range_count, boundary_count;
static bool polls;

static int
read_code (struct boundary *b, const char *text)
{
	unsigned int byte;

	for (; text[0] && text[1]; text += 2) {
		if (b->length == WATCH_CODE)
			return -E2BIG;
		if (sscanf (text, "%2x", &byte) != 1)
			return -EINVAL;
		b->code[b->length++] = (uint8_t) byte;
	}
	return b->length ? 0 : -EINVAL;
}

static int
read_line (const char *line)
{
	struct range *r = &ranges[range_count];
	struct boundary *b = &boundaries[boundary_count];
	char address[24], code[2 * WATCH_CODE + 2];

	if (!strcmp (line, "poll\n")) {
		polls = true;
		return 0;
	}
	if (range_count < WATCH_RANGES &&
	    sscanf (line, "range %" SCNx64 " %" SCNx64, &r->first,
		    &r->end) == 2) {
		range_count++;
		return 0;
	}
	if (boundary_count < WATCH_BOUNDARIES &&
	    sscanf (line, "boundary %" SCNu32 " %23s %65s", &b->phase, address,
		    code) == 3) {
		b->anywhere = !strcmp (address, "-");
		if (!b->anywhere &&
		    sscanf (address, "%" SCNx64, &b->address) != 1)
			return -EINVAL;
		boundary_count++;
		return read_code (b, code);
	}
	return -EINVAL;
}

int
watch_read (const char *path)
{
	char line[256];
	FILE *file = fopen (path, "r");
	int result = 0;

	if (!file)
		return -errno;
	while (!result && fgets (line, sizeof line, file))
		result = read_line (line);
	fclose (file);
	return result;
}

bool
watch_polls (void)
{
	return polls;
}

bool
watch_covers (uint64_t address)
{
	unsigned int i;

	for (i = 0; i < range_count; i++)
		if (address >= ranges[i].first && address < ranges[i].end)
			return true;
	return false;
}

/*
 * Return whether code is that of a boundary. At the address of a symbol it may
 * have been changed in places, as calls and alternatives are patched at boot:
 * more than half of it has to be the same. Other code there, of a target, is
 * not the same by so much.
 */
static bool
same_code (const struct boundary *b, const uint8_t *code, size_t length)
{
	size_t same = 0;
	size_t i;

	if (b->anywhere || length < PATCHED)
		return !memcmp (b->code, code, length);
	for (i = 0; i < length; i++)
		same += b->code[i] == code[i];
	return 2 * same > length;
}

uint32_t
watch_boundary (uint64_t address, const uint8_t *code, size_t length)
{
	const struct boundary *b;

	for (b = boundaries; b < boundaries + boundary_count; b++) {
		size_t compared = b->length < length ? b->length : length;

		if (!b->anywhere && b->address != address)
			continue;
		if (compared >= (b->length < LEAST ? b->length : LEAST) &&
		    same_code (b, code, compared))
			return b->phase;
	}
	return 0;
}
