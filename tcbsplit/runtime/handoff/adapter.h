/* SPDX-License-Identifier: MIT */
#ifndef TCBSPLIT_ADAPTER_H
#define TCBSPLIT_ADAPTER_H

#include "tcbsplit_types.h"

/*
 * Functions that a project writes by hand for its hypervisor. All functions
 * that return int return 0 or a negative errno.
 */

/* --- thin side ----------------------------------------------------------- */

/*
 * Find the image of the preprocessing guest, measure it with
 * tcbsplit_measure (), load it and run it until it ends. Its handoff hypercall
 * must call tcbsplit_on_handoff (). The same hypercall, later or from any other
 * guest, must also call it, and is refused.
 *
 * The guest is not trusted, and it runs before the target. So, before it runs:
 * all protections are in force that the target meets: memory (also against
 * devices: DMA), ports, registers, interrupts. When it has ended:
 *   processor  no register may carry anything to the next guest: general,
 *              segment, control, debug, floating point and vector registers,
 *              XCR0, model-specific registers; translations are flushed
 *   devices    none is left armed: no DMA, no timer, no pending interrupt, no
 *              data in a buffer
 *   processors none of them runs the guest, or is in tcbsplit_on_handoff (),
 *              when this function returns
 * Whether the function does this itself, or the code that starts the next
 * guest, is the project's choice.
 *
 * Serialisation: tcbsplit_on_handoff () may be called on several processors at
 * once; one of them is heard, the others are refused. The functions of this
 * interface may then be called at once, too: tcbsplit_adapter_print () must
 * stand that.
 */
int tcbsplit_adapter_run_guest (void);

/* Copy from guest-physical memory; refuse memory outside of the guest's. */
int tcbsplit_adapter_copy_from_guest (void *to, tcbsplit_u64 guest_address,
				      tcbsplit_u64 length);

/*
 * Overwrite all memory that the guest could write, itself or by a device. No
 * device may write there afterwards: stop DMA first.
 */
void tcbsplit_adapter_wipe_guest (void);

/* Print one line (without a newline in the text). */
void tcbsplit_adapter_print (const char *line);

void tcbsplit_adapter_panic (const char *line) __attribute__ ((noreturn));

/* --- guest side ---------------------------------------------------------- */

/* Set up the environment that moved code expects (console, memory, modules). */
void tcbsplit_adapter_guest_init (const void *boot_info);

/* Pass the blob to the hypervisor; return the result of the hypercall. */
int tcbsplit_adapter_send (const void *blob, tcbsplit_u64 length);

/* End this guest. */
void tcbsplit_adapter_guest_end (int status) __attribute__ ((noreturn));

#endif
