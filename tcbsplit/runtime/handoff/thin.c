/* SPDX-License-Identifier: MIT */
/*
 * The single handoff of the thin hypervisor:
 * idle -> running -> taken -> sealed, or running -> refused -> sealed.
 * The first blob of the measured guest is final: every further one is refused.
 */

#include "adapter.h"
#include "handoff.h"
#include "layout.h"
#include "sha256.h"

/*
 * Digest of the only guest that may hand over. It is written into the linked
 * image after the guest is built; the compiled value, all zeros, refuses every
 * guest.
 */
extern const volatile tcbsplit_u8 tcbsplit_guest_digest[TCBSPLIT_DIGEST_SIZE];
const volatile tcbsplit_u8 tcbsplit_guest_digest[TCBSPLIT_DIGEST_SIZE] = { 0 };

static enum {
	IDLE,
	RUNNING,
	REFUSED,
	TAKEN,
	SEALED,
} state;

static int measured;
static tcbsplit_u8 staging[TCBSPLIT_BLOB_SIZE];

/* Return 0 if the image has the digest in this hypervisor. */
int
tcbsplit_measure (const void *image, tcbsplit_u64 size)
{
	tcbsplit_u8 digest[TCBSPLIT_DIGEST_SIZE];
	tcbsplit_u8 sealed = 0, difference = 0;
	int i, result = -TCBSPLIT_EPERM;

	tcbsplit_sha256 (image, size, digest);
	for (i = 0; i < TCBSPLIT_DIGEST_SIZE; i++) {
		sealed |= tcbsplit_guest_digest[i];
		difference |= tcbsplit_guest_digest[i] ^ digest[i];
	}
	measured = 0;
	if (!sealed) {
		tcbsplit_adapter_print ("tcbsplit: this image is not sealed "
					"with a preprocessing guest");
	} else if (difference) {
		tcbsplit_adapter_print ("tcbsplit: not the measured "
					"preprocessing guest");
	} else {
		measured = 1;
		result = 0;
	}
	return result;
}

/* The handoff hypercall of the running guest. */
int
tcbsplit_on_handoff (tcbsplit_u64 guest_address, tcbsplit_u64 length)
{
	const char *why = "tcbsplit: handoff refused: sealed";
	int result = -TCBSPLIT_EALREADY;

	if (state == IDLE || (state == RUNNING && !measured)) {
		why = "tcbsplit: handoff refused: no measured preprocessing guest runs";
		result = -TCBSPLIT_EPERM;
		goto out;
	}
	if (state != RUNNING)
		goto out;
	state = REFUSED;
	why = "tcbsplit: handoff refused: wrong length";
	result = -TCBSPLIT_EINVAL;
	if (length != TCBSPLIT_BLOB_SIZE)
		goto out;
	/* Copy first, validate the copy: the guest cannot change it. */
	why = "tcbsplit: handoff refused: outside the guest's memory";
	result = -TCBSPLIT_EFAULT;
	if (tcbsplit_adapter_copy_from_guest (staging, guest_address, length))
		goto out;
	why = "tcbsplit: handoff refused: corrupted";
	result = tcbsplit_validate (staging, length);
	if (result)
		goto out;
	tcbsplit_commit (staging);
	state = TAKEN;
out:
	tcbsplit_wipe (staging, sizeof staging);
	tcbsplit_adapter_print (result ? why : "tcbsplit: handoff taken");
	return result;
}

/* Run the preprocessing guest once; afterwards its results are in place. */
void
tcbsplit_take (void)
{
	int error;

	if (state == SEALED)
		return;
	if (state != IDLE)
		tcbsplit_adapter_panic ("tcbsplit: handoff entered twice");
	state = RUNNING;
	error = tcbsplit_adapter_run_guest ();
	measured = 0;
	tcbsplit_adapter_wipe_guest ();
	if (error || state != TAKEN) {
		const char *why = state == TAKEN ?
			"tcbsplit: the preprocessing guest failed: "
			"refusing to start the target guest" :
			"tcbsplit: no handoff: "
			"refusing to start the target guest";

		state = REFUSED;
		tcbsplit_adapter_panic (why);
	}
	state = SEALED;
}
