#ifndef HV_BOOTINFO_H
#define HV_BOOTINFO_H

#include "lib/types.h"

/* A module that the boot loader left in memory. */
struct hv_module {
	char name[16]; /* the last word of its command line */
	const void *data;
	u64 size;
};

/* Read the loader's multiboot information. */
void bootinfo_init (const void *multiboot_info);

/* The module of that name, or NULL. */
const struct hv_module *bootinfo_module (const char *name);

#endif
