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
 *
 * Inputs: if some cross to the guest (handoff.inputs, way: block), fill
 * TCBSPLIT_INPUT_SIZE bytes of its memory by tcbsplit_give_inputs () before it
 * starts. The guest may read them but not write them, and they are overwritten
 * with its memory.
 */
int tcbsplit_adapter_run_guest (void) TCBSPLIT_RETIRED;

/* Copy from guest-physical memory; refuse memory outside of the guest's. */
int tcbsplit_adapter_copy_from_guest (void *to, tcbsplit_u64 guest_address,
				      tcbsplit_u64 length) TCBSPLIT_RETIRED;

/*
 * Overwrite all memory that the guest could write, itself or by a device. No
 * device may write there afterwards: stop DMA first.
 */
void tcbsplit_adapter_wipe_guest (void) TCBSPLIT_RETIRED;

/* Print one line (without a newline in the text). */
void tcbsplit_adapter_print (const char *line);

void tcbsplit_adapter_panic (const char *line) __attribute__ ((noreturn));

/*
 * Where the configuration retires code (split.retire), the functions above that
 * are TCBSPLIT_RETIRED are erased before the target starts. Mark your own with
 * it that are called until then only. These two, both optional (hooks):
 *
 * alone: 0 if no other processor is in code that is to be erased, or will come
 * to it, nor has fetched it: one that goes on executes a serialising instruction
 * first (SDM volume 3, "Handling Self- and Cross-Modifying Code").
 * release: unmap the erased pages from `first` up to `end`, or take away
 * execution and give them back; 0 if that succeeded.
 */
int tcbsplit_adapter_alone (void);
int tcbsplit_adapter_release (void *first, void *end);

/*
 * SHA-256 of `length` bytes (FIPS 180-4). Optional: where the adapter defines
 * it, by functions of the hypervisor (glue.uses), tcbsplit brings none.
 */
void tcbsplit_sha256 (const void *data, tcbsplit_u64 length,
		      tcbsplit_u8 digest[32]) TCBSPLIT_RETIRED;

/* --- guest side ---------------------------------------------------------- */

/* Set up the environment that moved code expects (console, memory, modules). */
void tcbsplit_adapter_guest_init (const void *boot_info);

/*
 * Where the hypervisor has put the inputs (`length` bytes), or null. Needed
 * only if inputs cross (handoff.inputs, way: block).
 */
const void *tcbsplit_adapter_inputs (tcbsplit_u64 length);

/* Pass the blob to the hypervisor; return the result of the hypercall. */
int tcbsplit_adapter_send (const void *blob, tcbsplit_u64 length);

/* End this guest. */
void tcbsplit_adapter_guest_end (int status) __attribute__ ((noreturn));

#endif
