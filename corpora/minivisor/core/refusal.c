/* SPDX-License-Identifier: MIT */
/* What guests tried and were refused, on the console. */

#include "hv/refusal.h"
#include "hv/console.h"
#include "hv/unit.h"

static struct refusal {
	const char *what;
	u64 number;
} refusals[256];

static unsigned int refusal_count;

void
refusal_report (const char *what, u64 number)
{
	unsigned int i;

	for (i = 0; i < refusal_count; i++)
		if (refusals[i].what == what && refusals[i].number == number)
			return;
	if (refusal_count == ARRAY_SIZE (refusals))
		return;
	refusals[refusal_count++] = (struct refusal) { what, number };
	printf ("minivisor: refused: %s %lx\n", what, number);
}

/* The next guest's refusals are news again. */
static int
refusal_reset (void)
{
	refusal_count = 0;
	return 0;
}

UNIT ("reset1", refusal_reset);
