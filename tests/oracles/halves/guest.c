/* The preprocessing guest as a function of the program that hosts it. */

#include "adapter.h"
#include "handoff.h"

int guest_start (void);
int host_receive (const void *blob, tcbsplit_u64 length);
const void *host_inputs (void);

static void *back[5];
static volatile int ended;

int
guest_start (void)
{
	if (!__builtin_setjmp (back))
		tcbsplit_guest_main (0);
	return ended;
}

void
tcbsplit_adapter_guest_init (const void *boot_info)
{
	(void) boot_info;
}

const void *
tcbsplit_adapter_inputs (tcbsplit_u64 length)
{
	(void) length;
	return host_inputs ();
}

int
tcbsplit_adapter_send (const void *blob, tcbsplit_u64 length)
{
	return host_receive (blob, length);
}

void
tcbsplit_adapter_guest_end (int status)
{
	ended = -status;
	__builtin_longjmp (back, 1);
}
