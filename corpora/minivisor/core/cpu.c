/* SPDX-License-Identifier: MIT */
/* Chooses the vendor's virtualisation. */

#include "hv/console.h"
#include "hv/cpu_ops.h"
#include "hv/unit.h"
#include "lib/errno.h"

/* In order of preference; the last one always fits. */
static const struct cpu_ops *const vendors[] = {
	&svm_ops,
	&novirt_ops,
};

const struct cpu_ops *cpu_ops;

static int
cpu_init (void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE (vendors); i++)
		if (vendors[i]->probe ())
			break;
	if (i == ARRAY_SIZE (vendors))
		return -ENODEV;
	cpu_ops = vendors[i];
	printf ("minivisor: processor: %s\n", cpu_ops->name);
	return cpu_ops->init ();
}

UNIT ("arch1", cpu_init);
