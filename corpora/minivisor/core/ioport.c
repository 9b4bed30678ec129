/* SPDX-License-Identifier: MIT */
/* I/O ports by range: handled, passed to the hardware, or refused. */

#include "hv/ioport.h"
#include "hv/cpu_ops.h"
#include "hv/guard.h"
#include "hv/refusal.h"
#include "lib/port.h"
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
	if (guards_closed ())
		return -EPERM;
	if (range_count == ARRAY_SIZE (ranges))
		return -ENOSPC;
	ranges[range_count++] = (struct range) { first, last, handler, opaque };
	return 0;
}

/* Part of a wide access that is intercepted for its other part. */
static void
handle_allowed (struct io_access *access, void *opaque)
{
	(void) opaque;
	ioport_pass (access);
}

int
ioport_allow (u16 first, u16 last)
{
	int error = ioport_register (first, last, handle_allowed, NULL);
	u32 port;

	for (port = first; port <= last && !error; port++)
		cpu_ops->pass_port ((u16) port);
	return error;
}

/* The range that an access of one byte falls into, or NULL. */
static const struct range *
range_of (u32 port)
{
	unsigned int i;

	for (i = 0; i < range_count; i++)
		if (port >= ranges[i].first && port <= ranges[i].last)
			return &ranges[i];
	return NULL;
}

void
ioport_split (struct io_access *access,
	      void (*each) (struct io_access *access))
{
	struct io_access byte = { .size = 1, .in = access->in };
	unsigned int i;

	for (i = 0; i < access->size; i++) {
		byte.port = (u16) (access->port + i);
		byte.value = access->value >> 8 * i & 0xFF;
		each (&byte);
		if (!access->in)
			continue;
		access->value &= ~(0xFFU << 8 * i);
		access->value |= (byte.value & 0xFF) << 8 * i;
	}
}

/*
 * A wide access that begins outside a range or leaves it goes byte by byte:
 * otherwise it would reach a guarded port past its handler.
 */
void
ioport_dispatch (struct io_access *access)
{
	const struct range *first = range_of (access->port);
	bool mixed = false;
	unsigned int i;

	for (i = 1; i < access->size; i++)
		if (range_of (access->port + i) != first)
			mixed = true;
	if (mixed)
		ioport_split (access, ioport_dispatch);
	else if (first)
		first->handler (access, first->opaque);
	else
		ioport_refuse (access);
}

/* As where no device is. */
void
ioport_refuse (struct io_access *access)
{
	refusal_report ("port", access->port);
	if (access->in)
		access->value = 0xFFFFFFFF;
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
