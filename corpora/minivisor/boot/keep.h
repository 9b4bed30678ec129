/* SPDX-License-Identifier: MIT */
#ifndef BOOT_KEEP_H
#define BOOT_KEEP_H

#include "abi/multiboot.h"
#include "hv/bootinfo.h"
#include "lib/types.h"

/* Physical memory from `first` up to, not with, `end`; empty: 0, 0. */
struct span {
	u64 first, end;
};

/*
 * Move modules that a guest would reach to memory of the machine that none
 * reaches, which neither `image` nor another module uses, and overwrite their
 * old places. All else that the loader brought may be overwritten by it.
 * -EINVAL: modules, image or memory map are not as a loader leaves them;
 * -E2BIG: too many spans in the map; -ENOMEM: no room.
 */
int modules_keep (struct hv_module *modules, unsigned int count,
		  const struct multiboot_info *info, struct span image);

#endif
