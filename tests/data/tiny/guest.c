/* The guest side of the host program: the blob goes to standard output. */

#include <stdio.h>
#include <stdlib.h>
#include "adapter.h"
#include "handoff.h"

void
tcbsplit_adapter_guest_init (const void *boot_info)
{
	(void) boot_info;
}

int
tcbsplit_adapter_send (const void *blob, tcbsplit_u64 length)
{
	return fwrite (blob, 1, length, stdout) == length ? 0 : -1;
}

void
tcbsplit_adapter_guest_end (int status)
{
	exit (status);
}

int
main (void)
{
	tcbsplit_guest_main (NULL);
}
