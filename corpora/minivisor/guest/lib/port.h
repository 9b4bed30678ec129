#ifndef GUEST_PORT_H
#define GUEST_PORT_H

#include "guest/lib/types.h"

static inline void
out8 (u16 port, u8 value)
{
	asm volatile ("outb %0, %1" : : "a" (value), "Nd" (port));
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

#endif
