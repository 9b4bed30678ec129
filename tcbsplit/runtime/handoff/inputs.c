/* SPDX-License-Identifier: MIT */
/* Take the inputs in the preprocessing guest, before any moved code runs. */

#include "adapter.h"
#include "handoff.h"

/* Return 0 or a negative errno; without inputs of this build nothing is set. */
int
tcbsplit_take_inputs (void)
{
	const void *block = tcbsplit_adapter_inputs (tcbsplit_inputs.size);
	int result = -TCBSPLIT_EFAULT;

	if (block)
		result = tcbsplit_validate (&tcbsplit_inputs, block,
					    tcbsplit_inputs.size);
	if (!result)
		tcbsplit_commit (&tcbsplit_inputs, block);
	return result;
}
