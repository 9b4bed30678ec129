/* SPDX-License-Identifier: MIT */
/* Whether all protections are in force. */

#include "hv/guard.h"

static bool closed;

void
guards_close (void)
{
	closed = true;
}

bool
guards_closed (void)
{
	return closed;
}
