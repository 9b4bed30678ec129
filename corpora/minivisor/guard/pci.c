/* SPDX-License-Identifier: MIT */
/*
 * No PCI function reads or writes memory: bus mastering is switched off in
 * every command register (PCI Local Bus Specification 3.0, 6.2.2), before any
 * guest runs. Guests do not reach the configuration space (pass/port.c), so
 * that it stays off. The registers of functions behind bridges count as well:
 * a bridge whose own bit is off forwards nothing upstream (PCI-to-PCI Bridge
 * 1.2, 3.2.4.3).
 */

#include "hv/unit.h"
#include "lib/port.h"

#define CONFIG_ADDRESS 0xCF8 /* 3.2.2.3.2 */
#define CONFIG_DATA 0xCFC
#define ENABLE 0x80000000u
#define FUNCTIONS 0x10000 /* 256 buses, 32 devices, 8 functions */
#define FUNCTIONS_A_DEVICE 8

#define REGISTER_ID 0x00
#define REGISTER_COMMAND 0x04 /* and the status, above: bits clear by ones */
#define REGISTER_HEADER 0x0C
#define COMMAND 0xFFFFu
#define COMMAND_BUS_MASTER 0x4u
#define HEADER_SEVERAL 0x00800000u /* functions */
#define ABSENT 0xFFFFFFFFu

static u32
config_read (u32 function, u32 offset)
{
	port_out32 (CONFIG_ADDRESS, ENABLE | function << 8 | offset);
	return port_in32 (CONFIG_DATA);
}

static void
config_write (u32 function, u32 offset, u32 value)
{
	port_out32 (CONFIG_ADDRESS, ENABLE | function << 8 | offset);
	port_out32 (CONFIG_DATA, value);
}

static int
bus_masters_off (void)
{
	u32 function = 0, step, command;

	for (; function < FUNCTIONS; function += step) {
		step = function % FUNCTIONS_A_DEVICE ? 1 : FUNCTIONS_A_DEVICE;
		if (config_read (function, REGISTER_ID) == ABSENT)
			continue;
		if (config_read (function, REGISTER_HEADER) & HEADER_SEVERAL)
			step = 1;
		command = config_read (function, REGISTER_COMMAND) & COMMAND;
		config_write (function, REGISTER_COMMAND,
			      command & ~COMMAND_BUS_MASTER);
	}
	port_out32 (CONFIG_ADDRESS, 0);
	return 0;
}

UNIT ("guard1", bus_masters_off);
