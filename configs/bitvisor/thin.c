/* SPDX-License-Identifier: MIT */
/*
 * BitVisor's adapter, thin side. Its own `boot` hypercall carries the handoff,
 * so what is left is to stop where code was cut out.
 */

#include <core/panic.h>
#include "adapter.h"

void
tcbsplit_adapter_panic (const char *line)
{
	panic ("%s", line);
}
