/* SPDX-License-Identifier: MIT */
/*
 * promise: the serial port's registers carry nothing, and it is in the
 *   hypervisor's hands again
 * where: preguest
 * silent: what a guest does to its own state is no offence
 */

#include "hostile.h"

ATTACK (leave_serial)
{
	port_out8 (0x3FF, 0xA5); /* scratch */
	port_out8 (0x3F9, 0x0F); /* every interrupt */
	port_out8 (0x3FC, 0x0B); /* OUT2: let them out */
}
