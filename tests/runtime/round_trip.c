/* Sends, takes and compares every variant; then what must not be sent. */

#include <stdio.h>
#include "carried.h"
#include "handoff.h"
#include "layout.h"

static tcbsplit_u8 blob[TCBSPLIT_BLOB_SIZE];

int
main (void)
{
	unsigned int variant;
	int what;

	for (variant = 0; variant < 400; variant++) {
		fill (variant);
		if (tcbsplit_build_blob (&tcbsplit_handoff, blob)) {
			printf ("FAIL: variant %u was not sent\n", variant);
			return 1;
		}
		clear ();
		if (tcbsplit_validate (&tcbsplit_handoff, blob, sizeof blob)) {
			printf ("FAIL: variant %u was refused\n", variant);
			return 1;
		}
		tcbsplit_commit (&tcbsplit_handoff, blob);
		if (!same (variant)) {
			printf ("FAIL: variant %u is not the same\n", variant);
			return 1;
		}
	}
	for (what = LENGTH_TOO_LARGE; what <= TAG_UNKNOWN; what++) {
		fill (3);
		spoil (what);
		if (tcbsplit_build_blob (&tcbsplit_handoff, blob) >= 0) {
			printf ("FAIL: spoiled %d was sent\n", what);
			return 1;
		}
	}
	printf ("PASS\n");
	return 0;
}
