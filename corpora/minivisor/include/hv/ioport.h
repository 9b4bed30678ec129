/* SPDX-License-Identifier: MIT */
#ifndef HV_IOPORT_H
#define HV_IOPORT_H

#include "lib/types.h"

/* One access of 1, 2 or 4 bytes; an input fills in the value. */
struct io_access {
	u16 port;
	u8 size;
	bool in;
	u32 value;
};

typedef void (*ioport_handler) (struct io_access *access, void *opaque);

/*
 * Handle the ports [first, last], or pass them to the hardware. Ports that are
 * in neither call are refused: reading gives ones, writing does nothing. -ENOSPC
 * when the table is full, -EPERM when the guards are closed (hv/guard.h).
 */
int ioport_register (u16 first, u16 last, ioport_handler handler,
		     void *opaque);
int ioport_allow (u16 first, u16 last);

/* Hand an intercepted access to its handler; or do it, or refuse it. */
void ioport_dispatch (struct io_access *access);
void ioport_pass (struct io_access *access);
void ioport_refuse (struct io_access *access);

/* Do a wide access as single bytes, as a bus of 8-bit devices would. */
void ioport_split (struct io_access *access,
		   void (*each) (struct io_access *access));

#endif
