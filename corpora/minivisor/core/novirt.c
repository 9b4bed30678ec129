/* SPDX-License-Identifier: MIT */
/* A processor without virtualisation: says so and goes no further. */

#include "hv/cpu_ops.h"
#include "lib/errno.h"

static bool
novirt_probe (void)
{
	return true;
}

static int
novirt_init (void)
{
	return -ENODEV;
}

static void
novirt_reset (u32 entry, u32 info)
{
	(void) entry;
	(void) info;
}

static void
novirt_run (void)
{
}

static void
novirt_pass_port (u16 port)
{
	(void) port;
}

static void
novirt_pass_msr (u32 msr)
{
	(void) msr;
}

const struct cpu_ops novirt_ops = {
	.name = "no virtualisation",
	.probe = novirt_probe,
	.init = novirt_init,
	.reset = novirt_reset,
	.run = novirt_run,
	.pass_port = novirt_pass_port,
	.pass_msr = novirt_pass_msr,
};
