/* SPDX-License-Identifier: MIT */
/*
 * Model-specific registers that go to the hardware: those that a VMCB holds, so
 * that each guest has its own (APM2 15.5.1 and table B-2). All others are
 * refused (#GP, as on a processor that lacks them), unless the architecture
 * answers for them: they steer virtualisation, caches and memory types, other
 * processors, system management, or carry values from one guest to the next.
 */

#include "hv/leaf.h"
#include "hv/unit.h"

static const struct {
	u32 first, last;
} policies[] = {
	{ 0x174, 0x176 }, /* SYSENTER_CS, ESP, EIP */
	{ 0xC0000081, 0xC0000084 }, /* STAR, LSTAR, CSTAR, SFMASK */
	{ 0xC0000100, 0xC0000102 }, /* FS_BASE, GS_BASE, KERNEL_GS_BASE */
};

static int
pass_msr_init (void)
{
	unsigned int i;
	int error = 0;

	for (i = 0; i < ARRAY_SIZE (policies) && !error; i++)
		error = msr_allow (policies[i].first, policies[i].last);
	return error;
}

UNIT ("pass2", pass_msr_init);
