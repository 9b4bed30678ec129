/* SPDX-License-Identifier: MIT */
/*
 * The single handoff of the thin hypervisor:
 * idle -> running -> measured -> taken -> sealed; refused where it fails.
 * The first blob of the measured guest is final: every further one is refused.
 */

#include "adapter.h"
#include "handoff.h"
#include "layout.h"

/*
 * Digest of the only guest that may hand over. It is written into the linked
 * image after the guest is built; the compiled value, all zeros, refuses every
 * guest.
 */
extern const volatile tcbsplit_u8 tcbsplit_guest_digest[TCBSPLIT_DIGEST_SIZE];
TCBSPLIT_RETIRED_CONSTANT const volatile tcbsplit_u8 tcbsplit_guest_digest[TCBSPLIT_DIGEST_SIZE] = { 0 };

/* In order; while a blob is being taken, it is refused. */
enum { IDLE, RUNNING, MEASURED, REFUSED, TAKEN, SEALED };

static int state; /* changed by advance () alone */
static TCBSPLIT_RETIRED_VARIABLE tcbsplit_u8 staging[TCBSPLIT_BLOB_SIZE];

/*
 * Go from one state to the next; zero if the state is another. Processors may
 * call at the same time: one of them succeeds.
 */
static TCBSPLIT_RETIRED int
advance (int from, int to)
{
	return __atomic_compare_exchange_n (&state, &from, to, 0,
					    __ATOMIC_ACQ_REL,
					    __ATOMIC_ACQUIRE);
}

/* Return 0 if the image has the digest in this hypervisor, and is to run. */
int
tcbsplit_measure (const void *image, tcbsplit_u64 size)
{
	tcbsplit_u8 digest[TCBSPLIT_DIGEST_SIZE];
	tcbsplit_u8 sealed = 0, difference = 0;
	int i, result = -TCBSPLIT_EPERM;

	advance (MEASURED, RUNNING); /* what was measured before is not run */
	tcbsplit_sha256 (image, size, digest);
	for (i = 0; i < TCBSPLIT_DIGEST_SIZE; i++) {
		sealed |= tcbsplit_guest_digest[i];
		difference |= tcbsplit_guest_digest[i] ^ digest[i];
	}
	if (!sealed)
		tcbsplit_adapter_print ("tcbsplit: this image is not sealed with a preprocessing guest");
	else if (difference)
		tcbsplit_adapter_print ("tcbsplit: not the measured preprocessing guest");
	else if (advance (RUNNING, MEASURED))
		result = 0;
	return result;
}

/* Copy a blob and take the copy, which the guest cannot change. */
static TCBSPLIT_RETIRED int
take_blob (tcbsplit_u64 guest_address, tcbsplit_u64 length, const char **why)
{
	int result = -TCBSPLIT_EINVAL;

	*why = "tcbsplit: handoff refused: wrong length";
	if (length != TCBSPLIT_BLOB_SIZE)
		goto out;
	*why = "tcbsplit: handoff refused: outside the guest's memory";
	result = -TCBSPLIT_EFAULT;
	if (tcbsplit_adapter_copy_from_guest (staging, guest_address, length))
		goto out;
	result = tcbsplit_accept (staging);
	*why = result ? "tcbsplit: handoff refused: corrupted" :
		"tcbsplit: handoff taken";
out:
	tcbsplit_wipe (staging, sizeof staging);
	return result;
}

/* Answer a handoff while it is not over yet. */
static TCBSPLIT_RETIRED int
hear (tcbsplit_u64 guest_address, tcbsplit_u64 length)
{
	const char *why = "tcbsplit: handoff refused: sealed";
	int result = -TCBSPLIT_EALREADY;

	if (__atomic_load_n (&state, __ATOMIC_ACQUIRE) < MEASURED) {
		why = "tcbsplit: handoff refused: no measured preprocessing guest runs";
		result = -TCBSPLIT_EPERM;
	} else if (advance (MEASURED, REFUSED)) {
		result = take_blob (guest_address, length, &why);
		if (!result)
			advance (REFUSED, TAKEN);
	}
	tcbsplit_adapter_print (why);
	return result;
}

/* Whether the results of the preprocessing guest are in place for good. */
int
tcbsplit_sealed (void)
{
	return __atomic_load_n (&state, __ATOMIC_ACQUIRE) == SEALED;
}

/*
 * The handoff hypercall of the running guest. Where code is retired, the target
 * meets this function alone: all that it calls before the seal is erased.
 */
int
tcbsplit_on_handoff (tcbsplit_u64 guest_address, tcbsplit_u64 length)
{
	if (!tcbsplit_sealed ())
		return hear (guest_address, length);
	tcbsplit_adapter_print ("tcbsplit: handoff refused: sealed");
	return -TCBSPLIT_EALREADY;
}

/* Run the preprocessing guest once; afterwards its results are in place. */
void
tcbsplit_take (void)
{
	int error;

	if (tcbsplit_sealed ())
		return;
	if (!advance (IDLE, RUNNING))
		tcbsplit_adapter_panic ("tcbsplit: handoff entered twice");
	error = tcbsplit_adapter_run_guest ();
	advance (MEASURED, REFUSED); /* too late from now on */
	tcbsplit_adapter_wipe_guest ();
	if (error && advance (TAKEN, REFUSED))
		tcbsplit_adapter_panic ("tcbsplit: the preprocessing guest failed: refusing to start the target guest");
	/* A handoff that is still under way on a processor is none. */
	if (!advance (TAKEN, SEALED))
		tcbsplit_adapter_panic ("tcbsplit: no handoff: refusing to start the target guest");
}
