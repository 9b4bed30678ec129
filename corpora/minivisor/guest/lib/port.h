#ifndef GUEST_LIB_PORT_H
#define GUEST_LIB_PORT_H

#include "lib/types.h"

/* Port input and output, single and as strings: APM3 IN, OUT, INS, OUTS. */

static inline void
out8 (u16 port, u8 value)
{
	asm volatile ("outb %0, %1" : : "a" (value), "Nd" (port));
}

static inline void
out16 (u16 port, u16 value)
{
	asm volatile ("outw %0, %1" : : "a" (value), "Nd" (port));
}

static inline u8
in8 (u16 port)
{
	u8 value;

	asm volatile ("inb %1, %0" : "=a" (value) : "Nd" (port));
	return value;
}

static inline u16
in16 (u16 port)
{
	u16 value;

	asm volatile ("inw %1, %0" : "=a" (value) : "Nd" (port));
	return value;
}

static inline void
in16_string (u16 port, void *to, u32 count)
{
	asm volatile ("rep insw" : "+D" (to), "+c" (count) : "d" (port)
		      : "memory");
}

static inline void
in32_string (u16 port, void *to, u32 count)
{
	asm volatile ("rep insl" : "+D" (to), "+c" (count) : "d" (port)
		      : "memory");
}

static inline void
out16_string (u16 port, const void *from, u32 count)
{
	asm volatile ("rep outsw" : "+S" (from), "+c" (count) : "d" (port)
		      : "memory");
}

#endif
