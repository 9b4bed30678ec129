/* SPDX-License-Identifier: MIT */
#ifndef HV_BOOTINFO_H
#define HV_BOOTINFO_H

#include "lib/types.h"

/* A module that the boot loader left in memory. */
struct hv_module {
	char name[16]; /* the last word of its command line */
	const void *data;
	u64 size;
};

/*
 * Read the loader's multiboot information. -E2BIG: too many modules; -EINVAL:
 * one ends before it begins.
 */
int bootinfo_init (const void *multiboot_info);

/*
 * Move the modules to where no guest reaches them (boot/keep.h). Afterwards
 * nothing of the loader's is needed, nor may be looked at.
 */
int bootinfo_keep (const void *multiboot_info);

/* The module of that name, or NULL. */
const struct hv_module *bootinfo_module (const char *name);

#endif
