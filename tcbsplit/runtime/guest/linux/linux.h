/* SPDX-License-Identifier: MIT */
#ifndef TCBSPLIT_LINUX_H
#define TCBSPLIT_LINUX_H

#include "tcbsplit_types.h"

/*
 * Services of the `linux` environment for an adapter: libc and the kernel, under
 * names that no hypervisor uses. Moved code does not use libc itself: all
 * symbols of the guest become local when it is linked, so a hypervisor's own
 * printf () or free () does not clash with libc's. Functions that return int or
 * long return a negative errno on failure.
 */

/* Allocate zeroed memory, aligned to 16 bytes; return 0 if there is none. */
void *tcbsplit_linux_alloc (tcbsplit_u64 size);
void tcbsplit_linux_free (void *memory);

/*
 * Allocate physically contiguous memory that does not move: a huge page, for
 * data that a hypervisor reads by physical address. At most 2 MiB.
 */
void *tcbsplit_linux_contiguous (tcbsplit_u64 size, tcbsplit_u64 *physical);

/* Console. A line is read without its line end; without echo if `echo` is 0. */
void tcbsplit_linux_print (const char *text);
long tcbsplit_linux_read_line (char *to, tcbsplit_u64 size, int echo);

/* Microseconds since the start of the guest's kernel. */
tcbsplit_u64 tcbsplit_linux_time (void);

/* Read at most `size` bytes of a file or device; return their number. */
long tcbsplit_linux_read_file (const char *path, void *to, tcbsplit_u64 size);

/* vmmcall or vmcall, by the processor: rax, rbx, rcx, rdx; return rax. */
long tcbsplit_linux_hypercall (tcbsplit_u64 number, tcbsplit_u64 rbx,
			       tcbsplit_u64 rcx, tcbsplit_u64 rdx);

/* Power the machine off. */
void tcbsplit_linux_off (void) __attribute__ ((noreturn));

#endif
