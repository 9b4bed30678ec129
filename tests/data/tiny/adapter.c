/*
 * The adapter of a host program: the preprocessing guest is a process of its
 * own, whose blob comes through a pipe (TINY_GUEST names the program).
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "adapter.h"
#include "handoff.h"

static unsigned char memory[65536];

int
tcbsplit_adapter_run_guest (void)
{
	const char *program = getenv ("TINY_GUEST");
	FILE *guest = program ? popen (program, "r") : NULL;
	size_t length;

	if (!guest)
		return -1;
	if (tcbsplit_measure ("tiny", 4)) {
		pclose (guest);
		return -1;
	}
	length = fread (memory, 1, sizeof memory, guest);
	if (pclose (guest))
		return -1;
	return tcbsplit_on_handoff (0, length);
}

int
tcbsplit_adapter_copy_from_guest (void *to, tcbsplit_u64 from,
				  tcbsplit_u64 length)
{
	if (from > sizeof memory || length > sizeof memory - from)
		return -1;
	memcpy (to, memory + from, length);
	return 0;
}

void
tcbsplit_adapter_wipe_guest (void)
{
	memset (memory, 0, sizeof memory);
}

void
tcbsplit_adapter_print (const char *line)
{
	fprintf (stderr, "%s\n", line);
}

void
tcbsplit_adapter_panic (const char *line)
{
	fprintf (stderr, "%s\n", line);
	exit (3);
}
