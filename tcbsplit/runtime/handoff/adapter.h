/* SPDX-License-Identifier: MIT */
#ifndef TCBSPLIT_ADAPTER_H
#define TCBSPLIT_ADAPTER_H

#include "tcbsplit_types.h"

/*
 * What a hypervisor provides by hand, once. All functions that return int
 * return 0 or a negative errno.
 */

/* --- thin side ----------------------------------------------------------- */

/*
 * Find the image of the preprocessing guest, have it measured with
 * tcbsplit_measure (), load it and run it until it ends. While it runs, its
 * handoff hypercall must lead to tcbsplit_on_handoff (); afterwards, and from
 * any other guest, the same hypercall must lead there too: it is refused.
 */
int tcbsplit_adapter_run_guest (void);

/* Copy from guest-physical memory; refuse what is not the guest's own. */
int tcbsplit_adapter_copy_from_guest (void *to, tcbsplit_u64 guest_address,
				      tcbsplit_u64 length);

/* Overwrite all memory that the guest could write. */
void tcbsplit_adapter_wipe_guest (void);

/* Print one line (without a newline in the text). */
void tcbsplit_adapter_print (const char *line);

void tcbsplit_adapter_panic (const char *line) __attribute__ ((noreturn));

/* --- guest side ---------------------------------------------------------- */

/* Make the environment that moved code expects (console, memory, modules). */
void tcbsplit_adapter_guest_init (const void *boot_info);

/* Hand the blob to the hypervisor; returns what the hypercall returned. */
int tcbsplit_adapter_send (const void *blob, tcbsplit_u64 length);

/* End this guest. */
void tcbsplit_adapter_guest_end (int status) __attribute__ ((noreturn));

#endif
