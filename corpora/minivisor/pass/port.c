/* SPDX-License-Identifier: MIT */
/*
 * I/O ports that go to the hardware as they are. Behind none of them is a way
 * to memory, to another processor mode or to a reset, and what they store is
 * made anew before each guest (guard/isa.c). All others are refused, unless a
 * service stands before them.
 */

#include "hv/ioport.h"
#include "hv/unit.h"

static const struct {
	u16 first, last;
} policies[] = {
	{ 0x20, 0x21 }, /* interrupt controllers */
	{ 0xA0, 0xA1 },
	{ 0x40, 0x43 }, /* timer */
	{ 0x3F8, 0x3FF }, /* first serial port */
};

static int
pass_port_init (void)
{
	unsigned int i;
	int error = 0;

	for (i = 0; i < ARRAY_SIZE (policies) && !error; i++)
		error = ioport_allow (policies[i].first, policies[i].last);
	return error;
}

UNIT ("pass3", pass_port_init);
