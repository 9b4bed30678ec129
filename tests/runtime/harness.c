/*
 * Runs the thin side's C on the host with a fake hypervisor: one case a
 * process, named on the command line. Prints PASS, or what went wrong.
 */

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "adapter.h"
#include "handoff.h"
#include "layout.h"

/* What is handed over: sizes that need padding and one that does not. */
unsigned char small[5];
unsigned long word;
unsigned char large[100];
void *const tcbsplit_address_0 = small;
void *const tcbsplit_address_1 = &word;
void *const tcbsplit_address_2 = large;

extern const volatile tcbsplit_u8 tcbsplit_guest_digest[];

static const char image[] = "the measured guest";
static tcbsplit_u8 memory[4096]; /* the guest's */
static tcbsplit_u64 length = TCBSPLIT_BLOB_SIZE;
static const char *test;
static int first, second, wiped;

static int
is (const char *name)
{
	return !strcmp (test, name);
}

static int
untouched (void)
{
	static const unsigned char zeros[sizeof large];

	return !word && !memcmp (small, zeros, sizeof small) &&
		!memcmp (large, zeros, sizeof large);
}

static void
clear (void)
{
	memset (small, 0, sizeof small);
	memset (large, 0, sizeof large);
	word = 0;
}

static void
fill (void)
{
	memset (small, 0xA5, sizeof small);
	memset (large, 0x5A, sizeof large);
	word = 0x0123456789ABCDEFUL;
}

static int
filled (void)
{
	return word == 0x0123456789ABCDEFUL && small[4] == 0xA5 &&
		large[99] == 0x5A;
}

static void
seal (void)
{
	uintptr_t page = (uintptr_t) tcbsplit_guest_digest & ~(uintptr_t) 4095;

	if (mprotect ((void *) page, 8192, PROT_READ | PROT_WRITE))
		abort ();
	tcbsplit_sha256 (image, sizeof image,
			 (tcbsplit_u8 *) (uintptr_t) tcbsplit_guest_digest);
}

/* Change the blob at an offset and make its digest right again. */
static void
change (tcbsplit_u64 offset, tcbsplit_u8 mask)
{
	memory[offset] ^= mask;
	tcbsplit_sha256 (memory, TCBSPLIT_BLOB_SIZE - TCBSPLIT_DIGEST_SIZE,
			 memory + TCBSPLIT_BLOB_SIZE - TCBSPLIT_DIGEST_SIZE);
}

static void
spoil (void)
{
	static const struct {
		const char *name;
		tcbsplit_u64 offset;
	} table[] = {
		{ "magic", 0 }, { "version", 8 }, { "count", 12 },
		{ "layout", 16 }, { "total", 48 }, { "id", 56 },
		{ "reserved", 60 }, { "entry_length", 64 },
		{ "padding", 56 + 16 + 5 },
	};
	unsigned int i;

	for (i = 0; i < sizeof table / sizeof table[0]; i++)
		if (is (table[i].name))
			change (table[i].offset, 1);
	if (is ("payload") || is ("again"))
		memory[80] ^= 1; /* without a new digest */
	if (is ("digest"))
		memory[TCBSPLIT_BLOB_SIZE - 1] ^= 1;
	if (is ("short"))
		length--;
	if (is ("long"))
		length++;
}

int
tcbsplit_adapter_run_guest (void)
{
	int error = 0;

	if (!is ("unmeasured_call"))
		error = tcbsplit_measure (image, sizeof image -
					  (is ("wrong_guest") ? 1 : 0));
	if (error)
		return error;
	fill ();
	tcbsplit_build_blob (&tcbsplit_handoff, memory);
	clear ();
	spoil ();
	if (is ("silent"))
		return 0;
	first = tcbsplit_on_handoff (is ("copy_failure") ? sizeof memory : 0,
				     length);
	if (is ("twice") || is ("again")) {
		/* A valid blob, after a good or a spoiled one. */
		fill ();
		tcbsplit_build_blob (&tcbsplit_handoff, memory);
		if (is ("again"))
			clear ();
		second = tcbsplit_on_handoff (0, length);
	}
	return is ("guest_failure") ? -EIO : 0;
}

int
tcbsplit_adapter_copy_from_guest (void *to, tcbsplit_u64 from, tcbsplit_u64 size)
{
	if (from > sizeof memory || size > sizeof memory - from)
		return -EFAULT;
	memcpy (to, memory + from, size);
	/* A guest that changes its blob behind the hypervisor's back. */
	memset (memory + from, 0xFF, size);
	return 0;
}

void
tcbsplit_adapter_wipe_guest (void)
{
	wiped = 1;
	memset (memory, 0, sizeof memory);
}

void
tcbsplit_adapter_print (const char *line)
{
	fprintf (stderr, "%s\n", line);
}

static void
check (int holds, const char *what)
{
	if (!holds) {
		printf ("FAIL: %s\n", what);
		exit (1);
	}
}

__attribute__ ((noreturn)) static void
passed (void)
{
	printf ("PASS\n");
	exit (0);
}

/* Every refusal ends here: nothing taken, the guest's memory wiped. */
void
tcbsplit_adapter_panic (const char *line)
{
	fprintf (stderr, "panic: %s\n", line);
	check (wiped, "the guest's memory was not wiped");
	if (is ("guest_failure")) {
		check (!first, "the handoff itself was valid");
		passed ();
	}
	check (!is ("good") && !is ("twice") && !is ("late"),
	       "a good handoff was refused");
	check (untouched (), "something was committed");
	if (is ("again"))
		check (first < 0 && second < 0, "a second try was heard");
	else if (!is ("unsealed") && !is ("wrong_guest") && !is ("silent"))
		check (first < 0, "the hypercall did not fail");
	passed ();
}

/* Changed framing with a right digest must never be accepted. */
static void
mutate (unsigned int rounds)
{
	static tcbsplit_u8 good[TCBSPLIT_BLOB_SIZE];
	const tcbsplit_u64 payload[][2] = {
		{ 72, 5 }, { 96, 8 }, { 120, 100 },
	};
	tcbsplit_u64 offset;
	unsigned int i, j;
	int allowed;

	srand (1);
	fill ();
	tcbsplit_build_blob (&tcbsplit_handoff, good);
	check (!tcbsplit_accept (good),
	       "the original");
	for (i = 0; i < rounds; i++) {
		memcpy (memory, good, sizeof good);
		offset = (tcbsplit_u64) rand () %
			(TCBSPLIT_BLOB_SIZE - TCBSPLIT_DIGEST_SIZE);
		change (offset, (tcbsplit_u8) (1 + rand () % 255));
		allowed = 0;
		for (j = 0; j < 3; j++)
			allowed |= offset >= payload[j][0] &&
				offset < payload[j][0] + payload[j][1];
		check (allowed == !tcbsplit_accept (memory),
		       "framing was changed and accepted, or a payload was "
		       "not");
	}
	passed ();
}

int
main (int argc, char **argv)
{
	test = argc > 1 ? argv[1] : "good";
	if (is ("mutations"))
		mutate (20000);
	if (!is ("unsealed"))
		seal ();
	if (is ("before")) {
		first = tcbsplit_on_handoff (0, length);
		check (first == -EPERM && untouched (), "before any guest");
		passed ();
	}
	tcbsplit_take ();
	check (is ("good") || is ("twice") || is ("late"),
	       "the case was not refused");
	check (!first && filled (), "the values did not arrive");
	check (wiped, "the guest's memory was not wiped");
	if (is ("twice"))
		check (second == -EALREADY, "the second handoff");
	if (is ("late")) {
		clear ();
		tcbsplit_build_blob (&tcbsplit_handoff, memory);
		check (tcbsplit_on_handoff (0, length) == -EALREADY &&
		       untouched (), "a late handoff");
		fill ();
	}
	tcbsplit_take (); /* does nothing the second time */
	check (filled (), "a second take changed something");
	passed ();
}
