/* SPDX-License-Identifier: MIT */
#ifndef HV_CPU_OPS_H
#define HV_CPU_OPS_H

#include "lib/types.h"

/* What a vendor's virtualisation provides. */
struct cpu_ops {
	const char *name;
	bool (*probe) (void);
	int (*init) (void);
	void (*reset) (u32 entry, u32 info);
	void (*run) (void); /* until vcpu_stopping () */
	void (*pass_port) (u16 port); /* all others are intercepted */
	void (*pass_msr) (u32 msr);
};

extern const struct cpu_ops *cpu_ops;
extern const struct cpu_ops svm_ops;
extern const struct cpu_ops novirt_ops;

#endif
