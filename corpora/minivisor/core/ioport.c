/* Handlers of intercepted I/O ports, by range. */

#include "hv/ioport.h"
#include "hv/cpu_ops.h"
#include "hv/port.h"
#include "lib/errno.h"

struct range {
	u16 first, last;
	ioport_handler handler;
	void *opaque;
};

static struct range ranges[16];
static unsigned int range_count;

int
ioport_register (u16 first, u16 last, ioport_handler handler, void *opaque)
{
	u32 port;

	if (range_count == ARRAY_SIZE (ranges))
		return -ENOSPC;
	ranges[range_count++] = (struct range) { first, last, handler, opaque };
	for (port = first; port <= last; port++)
		cpu_ops->intercept_port ((u16) port);
	return 0;
}

void
ioport_dispatch (struct io_access *access)
{
	unsigned int i;

	for (i = 0; i < range_count; i++) {
		if (access->port >= ranges[i].first &&
		    access->port <= ranges[i].last) {
			ranges[i].handler (access, ranges[i].opaque);
			return;
		}
	}
	ioport_pass (access);
}

void
ioport_pass (struct io_access *access)
{
	u16 port = access->port;

	switch (access->size) {
	case 1:
		if (access->in)
			access->value = port_in8 (port);
		else
			port_out8 (port, (u8) access->value);
		break;
	case 2:
		if (access->in)
			access->value = port_in16 (port);
		else
			port_out16 (port, (u16) access->value);
		break;
	default:
		if (access->in)
			access->value = port_in32 (port);
		else
			port_out32 (port, access->value);
		break;
	}
}
