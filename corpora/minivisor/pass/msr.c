/* SPDX-License-Identifier: MIT */
/*
 * Model-specific registers that the guest may not touch (#GP, as on a
 * processor that lacks them): they steer virtualisation itself. All others
 * that the permission map can name go to the hardware.
 */

#include "hv/leaf.h"
#include "hv/unit.h"
#include "lib/errno.h"

static const u32 refused[] = {
	0xC0010114, /* VM_CR */
	0xC0010115, /* IGNNE */
	0xC0010116, /* SMM_CTL */
	0xC0010117, /* VM_HSAVE_PA */
	0xC0010118, /* SVM_KEY */
	0xC0010119, /* SMM_KEY */
};

static int
refuse (u32 msr, bool write, u64 *value)
{
	(void) msr;
	(void) write;
	(void) value;
	return -EPERM;
}

static int
pass_msr_init (void)
{
	unsigned int i;
	int error = 0;

	for (i = 0; i < ARRAY_SIZE (refused) && !error; i++)
		error = msr_register (refused[i], refuse);
	return error;
}

UNIT ("pass2", pass_msr_init);
