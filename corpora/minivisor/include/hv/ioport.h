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

/* Intercept the ports [first, last]; -ENOSPC when the table is full. */
int ioport_register (u16 first, u16 last, ioport_handler handler,
		     void *opaque);

/* Hand an intercepted access to its handler, or on to the hardware. */
void ioport_dispatch (struct io_access *access);
void ioport_pass (struct io_access *access);

/* Do a wide access as single bytes, as a bus of 8-bit devices would. */
void ioport_split (struct io_access *access,
		   void (*each) (struct io_access *access));

#endif
