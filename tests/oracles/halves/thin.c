/* A host program as thin hypervisor: its guest is a function it is linked with. */

#include "adapter.h"
#include "handoff.h"
#include "layout.h"

int dprintf (int, const char *, ...);
void exit (int);
int guest_start (void);
int host_receive (const void *blob, tcbsplit_u64 length);
const void *host_inputs (void);

#ifdef TCBSPLIT_INPUT_SIZE
static tcbsplit_u8 inputs[TCBSPLIT_INPUT_SIZE];
#endif

const void *
host_inputs (void)
{
#ifdef TCBSPLIT_INPUT_SIZE
	return inputs;
#else
	return 0;
#endif
}

int
host_receive (const void *blob, tcbsplit_u64 length)
{
	return tcbsplit_on_handoff ((tcbsplit_u64) blob, length);
}

int
tcbsplit_adapter_run_guest (void)
{
	int error = tcbsplit_measure ("guest", 5);

#ifdef TCBSPLIT_INPUT_SIZE
	if (!error)
		error = tcbsplit_give_inputs (inputs, sizeof inputs);
#endif
	return error ? error : guest_start ();
}

int
tcbsplit_adapter_copy_from_guest (void *to, tcbsplit_u64 guest_address,
				  tcbsplit_u64 length)
{
	__builtin_memcpy (to, (const void *) guest_address, length);
	return 0;
}

void
tcbsplit_adapter_wipe_guest (void)
{
}

void
tcbsplit_adapter_print (const char *line)
{
	dprintf (2, "%s\n", line);
}

void
tcbsplit_adapter_panic (const char *line)
{
	dprintf (2, "panic: %s\n", line);
	exit (3);
}
