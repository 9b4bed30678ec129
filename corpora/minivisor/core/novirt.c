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

static int
novirt_translate (u64 linear, u64 *physical)
{
	(void) linear;
	(void) physical;
	return -ENODEV;
}

static void
novirt_intercept (u16 port)
{
	(void) port;
}

static void
novirt_intercept_msr (u32 msr)
{
	(void) msr;
}

const struct cpu_ops novirt_ops = {
	.name = "no virtualisation",
	.probe = novirt_probe,
	.init = novirt_init,
	.reset = novirt_reset,
	.run = novirt_run,
	.translate = novirt_translate,
	.intercept_port = novirt_intercept,
	.intercept_msr = novirt_intercept_msr,
};
