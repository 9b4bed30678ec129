/* SPDX-License-Identifier: MIT */
#ifndef TCBSPLIT_LINUX_H
#define TCBSPLIT_LINUX_H

#include "tcbsplit_types.h"

/*
 * What the `linux` environment offers to an adapter: libc and the kernel, under
 * names that no hypervisor uses. Moved code never sees libc itself: all that the
 * guest defines is local to it once linked, so that a hypervisor's own printf ()
 * or free () and libc's do not meet. Functions that return int or long return a
 * negative errno on failure.
 */

/* Memory; zeroed, aligned to 16 bytes, 0 when there is none. */
void *tcbsplit_linux_alloc (tcbsplit_u64 size);
void tcbsplit_linux_free (void *memory);

/*
 * Memory that is contiguous and stays where it is: a huge page, for what a
 * hypervisor reads by its physical address. At most 2 MiB.
 */
void *tcbsplit_linux_contiguous (tcbsplit_u64 size, tcbsplit_u64 *physical);

/* Console. A line is read without its end, and without echo where asked. */
void tcbsplit_linux_print (const char *text);
long tcbsplit_linux_read_line (char *to, tcbsplit_u64 size, int echo);

/* Microseconds since the start of the guest's kernel. */
tcbsplit_u64 tcbsplit_linux_time (void);

/* Bytes read of a file (or device), at most size. */
long tcbsplit_linux_read_file (const char *path, void *to, tcbsplit_u64 size);

/* vmmcall or vmcall, as the processor has it: rax, rbx, rcx, rdx; returns rax. */
long tcbsplit_linux_hypercall (tcbsplit_u64 number, tcbsplit_u64 rbx,
			       tcbsplit_u64 rcx, tcbsplit_u64 rdx);

/* Power the machine off. */
void tcbsplit_linux_off (void) __attribute__ ((noreturn));

#endif
