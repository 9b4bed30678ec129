/* SPDX-License-Identifier: MIT */
#ifndef LIB_PORT_H
#define LIB_PORT_H

#include "lib/types.h"

/* Port input and output, APM3 IN and OUT. */

static inline void
port_out8 (u16 port, u8 value)
{
	asm volatile ("outb %0, %1" : : "a" (value), "Nd" (port));
}

static inline u8
port_in8 (u16 port)
{
	u8 value;

	asm volatile ("inb %1, %0" : "=a" (value) : "Nd" (port));
	return value;
}

static inline void
port_out16 (u16 port, u16 value)
{
	asm volatile ("outw %0, %1" : : "a" (value), "Nd" (port));
}

static inline u16
port_in16 (u16 port)
{
	u16 value;

	asm volatile ("inw %1, %0" : "=a" (value) : "Nd" (port));
	return value;
}

static inline void
port_out32 (u16 port, u32 value)
{
	asm volatile ("outl %0, %1" : : "a" (value), "Nd" (port));
}

static inline u32
port_in32 (u16 port)
{
	u32 value;

	asm volatile ("inl %1, %0" : "=a" (value) : "Nd" (port));
	return value;
}

#endif
