/*
 * What the preprocessing guest wipes after it has sent: every element of a
 * secret that is there, and nothing behind them. The blocks are as long as
 * the secrets, so that a sanitiser sees a byte too many.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "handoff.h"
#include "layout.h"

#define MOST 8
#define SHORT 3

static struct {
	unsigned int count;
	unsigned short *items;
} counted;

static char *text;
static unsigned char *whole;

static void *const counted_at = &counted;
static void *const text_at = &text;
static void *const whole_at = &whole;

/* The count of `items` is in the same secret variable: it is wiped, too. */
#define COUNT_AT (sizeof (struct tcbsplit_header) + \
		  sizeof (struct tcbsplit_entry_header))

static const struct tcbsplit_part items_part[] = {
	{ TCBSPLIT_ARRAY, sizeof (void *), sizeof (short), MOST, COUNT_AT,
	  sizeof (int), 0, 0 },
};
static const struct tcbsplit_part text_part[] = {
	{ TCBSPLIT_STRING, 0, 1, 32, 0, 0, 0, 0 },
};
static const struct tcbsplit_part whole_part[] = {
	{ TCBSPLIT_ARRAY, 0, 1, MOST, 0, 0, 0, 0 },
};

const struct tcbsplit_entry tcbsplit_entries[] = {
	{ 0, TCBSPLIT_SECRET, sizeof counted, &counted_at, items_part, 1 },
	{ 1, TCBSPLIT_SECRET, sizeof text, &text_at, text_part, 1 },
	{ 2, TCBSPLIT_SECRET, sizeof whole, &whole_at, whole_part, 1 },
};
const tcbsplit_u32 tcbsplit_entry_count = 3;

static void *
block (size_t length)
{
	void *p = malloc (length);

	memset (p, 0x5A, length);
	return p;
}

int
main (void)
{
	static const char zeros[MOST];
	unsigned short *items = counted.items = block (SHORT * sizeof *items);
	char *word = text = block (4);
	unsigned char *bytes = whole = block (MOST);
	int ok;

	counted.count = SHORT;
	word[3] = '\0';
	tcbsplit_wipe_secrets ();
	ok = !memcmp (items, zeros, SHORT * sizeof *items) &&
		!memcmp (word, zeros, 4) && !memcmp (bytes, zeros, MOST) &&
		!counted.count && !counted.items && !text && !whole;
	printf ("%s\n", ok ? "PASS" : "FAIL: a secret is left");
	free (items);
	free (word);
	free (bytes);
	return !ok;
}
