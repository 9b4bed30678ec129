/* SPDX-License-Identifier: MIT */
/* Give the preprocessing guest its inputs. */

#include "adapter.h"
#include "handoff.h"

/*
 * Fill `length` bytes at `to` with the inputs, as the hypervisor has set them
 * by now; return 0 or a negative errno.
 */
int
tcbsplit_give_inputs (void *to, tcbsplit_u64 length)
{
	int result = -TCBSPLIT_EINVAL;

	if (length == tcbsplit_inputs.size)
		result = tcbsplit_build_blob (&tcbsplit_inputs, to);
	return result;
}
