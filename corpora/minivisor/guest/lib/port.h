/* SPDX-License-Identifier: MIT */
#ifndef GUEST_LIB_PORT_H
#define GUEST_LIB_PORT_H

#include "lib/port.h"

/* Port input and output as strings: APM3 INS, OUTS. */

static inline void
port_in16_string (u16 port, void *to, u32 count)
{
	asm volatile ("rep insw" : "+D" (to), "+c" (count) : "d" (port)
		      : "memory");
}

static inline void
port_in32_string (u16 port, void *to, u32 count)
{
	asm volatile ("rep insl" : "+D" (to), "+c" (count) : "d" (port)
		      : "memory");
}

static inline void
port_out16_string (u16 port, const void *from, u32 count)
{
	asm volatile ("rep outsw" : "+S" (from), "+c" (count) : "d" (port)
		      : "memory");
}

#endif
