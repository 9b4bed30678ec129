/* SPDX-License-Identifier: MIT */
/* Runs the initialisation table. */

#include "hv/unit.h"
#include "hv/panic.h"
#include "lib/string.h"

extern const struct unit units_start[], units_end[];

/* The unit with the smallest id that is greater than `last`. */
static const struct unit *
next_unit (const char *prefix, const char *last)
{
	const struct unit *u, *found = NULL;

	for (u = units_start; u < units_end; u++) {
		if (strncmp (u->id, prefix, strlen (prefix)) ||
		    strcmp (u->id, last) <= 0)
			continue;
		if (!found || strcmp (u->id, found->id) < 0)
			found = u;
	}
	return found;
}

void
units_call (const char *prefix)
{
	const struct unit *u;
	const char *last = "";
	int error;

	while ((u = next_unit (prefix, last))) {
		error = u->init ();
		if (error)
			panic ("unit %s failed (%d)", u->id, error);
		last = u->id;
	}
}
