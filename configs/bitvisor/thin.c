/* SPDX-License-Identifier: MIT */
/*
 * BitVisor's adapter, thin side. Its own `boot` hypercall carries the handoff,
 * so what is left is to stop where code was cut out.
 */

#include <core/panic.h>
#include <core/printf.h>
#include "adapter.h"

void
tcbsplit_adapter_print (const char *line)
{
	printf ("%s\n", line);
}

void
tcbsplit_adapter_panic (const char *line)
{
	panic ("%s", line);
}
