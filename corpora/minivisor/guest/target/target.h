/* SPDX-License-Identifier: MIT */
#ifndef GUEST_TARGET_TARGET_H
#define GUEST_TARGET_TARGET_H

/* disk.c: the encrypted disk, seen in the clear. */
void test_disk (void);

/* isolation.c: what the hypervisor keeps to itself. */
void test_isolation (void);

/* processor.c: the processor, as it looks from inside. */
void test_processor (void);

#endif
