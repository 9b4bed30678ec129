/*
 * Two processors call the handoff at once, round after round, on the host:
 * exactly one is heard, and what it commits is whole. thin.c is included, so
 * that each round can begin in the state in which the guest runs.
 */

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "thin.c"

#define ROUNDS 20000

unsigned char small[5];
unsigned long word;
unsigned char large[100];
void *const tcbsplit_address_0 = small;
void *const tcbsplit_address_1 = &word;
void *const tcbsplit_address_2 = large;

static tcbsplit_u8 memory[TCBSPLIT_BLOB_SIZE];
static pthread_barrier_t barrier;
static int results[2];

int
tcbsplit_adapter_run_guest (void)
{
	return -1;
}

int
tcbsplit_adapter_copy_from_guest (void *to, tcbsplit_u64 from,
				  tcbsplit_u64 length)
{
	memcpy (to, memory + from, length);
	return 0;
}

void
tcbsplit_adapter_wipe_guest (void)
{
}

void
tcbsplit_adapter_print (const char *line)
{
	(void) line;
}

void
tcbsplit_adapter_panic (const char *line)
{
	fprintf (stderr, "%s\n", line);
	abort ();
}

static void *
processor (void *number)
{
	int i;

	for (i = 0; i < ROUNDS; i++) {
		pthread_barrier_wait (&barrier);
		results[(long) number] =
			tcbsplit_on_handoff (0, TCBSPLIT_BLOB_SIZE);
		pthread_barrier_wait (&barrier);
	}
	return 0;
}

int
main (void)
{
	pthread_t threads[2];
	long i, both = 0, none = 0, torn = 0;

	word = 0x0123456789ABCDEFUL;
	tcbsplit_build_blob (&tcbsplit_handoff, memory);
	pthread_barrier_init (&barrier, 0, 3);
	for (i = 0; i < 2; i++)
		pthread_create (&threads[i], 0, processor, (void *) i);
	for (i = 0; i < ROUNDS; i++) {
		state = MEASURED;
		word = 0;
		pthread_barrier_wait (&barrier);
		pthread_barrier_wait (&barrier);
		both += !results[0] && !results[1];
		none += results[0] && results[1];
		torn += word != 0x0123456789ABCDEFUL;
	}
	for (i = 0; i < 2; i++)
		pthread_join (threads[i], 0);
	printf ("%ld both, %ld none, %ld torn\n", both, none, torn);
	return both || none || torn;
}
