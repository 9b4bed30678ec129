/* SPDX-License-Identifier: MIT */
#ifndef HV_GUEST_H
#define HV_GUEST_H

#include "hv/bootinfo.h"
#include "lib/types.h"

/*
 * Guest-physical memory: [0, GUEST_RAM_SIZE) but for the hole, where a PC has
 * video memory, system management memory and firmware; the same host-physical.
 */
#define GUEST_RAM_SIZE 0x04000000ULL
#define GUEST_HOLE 0x000A0000ULL
#define GUEST_HOLE_END 0x00100000ULL

/* From here up to 4 GiB are devices; guests do not reach them. */
#define GUEST_DEVICES 0xC0000000ULL

/*
 * Make devices and processor anew, zero guest memory, load a multiboot image with its modules, and set the
 * virtual CPU to the multiboot entry state.
 */
int guest_load (const struct hv_module *image,
		const struct hv_module *const *modules, unsigned int count);

/* Copy from or to guest-physical memory; -EFAULT where it is not RAM. */
int guest_copy_in (void *to, u64 guest_address, size_t length);
int guest_copy_out (u64 guest_address, const void *from, size_t length);

/* Overwrite all guest memory. */
void guest_wipe (void);

#endif
