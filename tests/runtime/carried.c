/*
 * Variables of every kind that the handoff carries, with a valid filling and a
 * deep comparison. Linked with a generated table, into the round trip and into
 * the fuzzer.
 */

#include <stdlib.h>
#include <string.h>
#include "carried.h"

struct point {
	int x;
	short y;
};

struct node {
	unsigned int value;
	struct node *next;
	char tag[3];
};

enum colour {
	RED,
	GREEN,
};

static struct {
	struct point *points;
	unsigned int count;
	char *name;
	struct node *list;
	unsigned int flag : 3;
	long long wide : 40;
	enum colour colour;
	union {
		int number;
		unsigned char bytes[8];
		void *raw;
	} choice;
	unsigned char kind;
	void *handle;
	void (*callback) (void);
	struct point nested[2][2];
	_Bool yes;
	double ratio;
	union {
		short halves[2];
		int whole;
	} plain;
} state;

static const unsigned char *buffer;
static unsigned short length;
static struct point *table[2];
static struct point pair[2];
static int numbers[5];

static struct point points[] = { { 1, 2 }, { 3, 4 }, { 5, 6 } };
static struct node third = { 30, 0, "c" }, second = { 20, &third, "b" };
static struct node first = { 10, &second, "a" };
static unsigned char bytes[24];
static char name[] = "a name";

static void
own (void)
{
}

/* As preprocess code would leave it; `variant` changes lengths and choices. */
void
fill (unsigned int variant)
{
	int i;

	clear ();
	state.points = variant & 1 ? points : 0;
	state.count = variant & 1 ? variant % 4 : 0;
	name[variant % 7] = 0;
	state.name = variant & 2 ? name : 0;
	first.next = variant & 4 ? &second : 0;
	state.list = variant & 8 ? &first : 0;
	state.flag = variant % 8;
	state.wide = -(long long) variant * 1000003;
	state.colour = variant & 1 ? GREEN : RED;
	state.kind = variant % 2;
	if (state.kind)
		memcpy (state.choice.bytes, "abcdefgh", 8);
	else
		state.choice.number = 77;
	state.handle = (void *) 0x1234;
	state.nested[1][0].y = (short) variant;
	state.yes = 1;
	state.ratio = variant / 3.0;
	state.plain.whole = (int) variant;
	for (i = 0; i < 24; i++)
		bytes[i] = (unsigned char) (variant + i);
	buffer = bytes;
	length = variant % 25;
	table[0] = &pair[0];
	table[1] = 0;
	pair[0].x = (int) variant;
	for (i = 0; i < 5; i++)
		numbers[i] = (int) variant * i;
}

/* As the thin side is before the handoff: with pointers of its own. */
void
clear (void)
{
	memset (&state, 0, sizeof state);
	memset (numbers, 0, sizeof numbers);
	strcpy (name, "a name");
	state.callback = own;
	buffer = 0;
	length = 0;
	table[0] = table[1] = 0;
}

/* Whether everything is as after fill (variant), storage aside. */
int
same (unsigned int variant)
{
	const struct node *n = state.list;
	unsigned int i;

	if (state.count != (variant & 1 ? variant % 4 : 0) ||
	    !state.points != !(variant & 1) || !state.name != !(variant & 2) ||
	    !n != !(variant & 8) || state.points == points ||
	    state.name == name || n == &first)
		return 0;
	for (i = 0; i < state.count; i++)
		if (state.points[i].x != points[i].x ||
		    state.points[i].y != points[i].y)
			return 0;
	if (state.name && (strlen (state.name) != (variant % 7 < 6 ?
						   variant % 7 : 6) ||
			   strncmp (state.name, "a name", variant % 7)))
		return 0;
	if (n && (n->value != 10 || strcmp (n->tag, "a")))
		return 0;
	if (n && (variant & 4) &&
	    (!(n = n->next) || n->value != 20 || n == &second ||
	     !(n = n->next) || n->value != 30))
		return 0;
	if (n && n->next)
		return 0;
	if (state.flag != variant % 8 ||
	    state.wide != -(long long) variant * 1000003 ||
	    state.colour != (variant & 1 ? GREEN : RED) ||
	    state.handle != (void *) 0x1234 || state.callback != own ||
	    state.nested[1][0].y != (short) variant || !state.yes ||
	    state.ratio != variant / 3.0 ||
	    state.plain.whole != (int) variant)
		return 0;
	if (variant % 2 ? memcmp (state.choice.bytes, "abcdefgh", 8) :
	    state.choice.number != 77)
		return 0;
	if (!buffer || buffer == bytes || length != variant % 25 ||
	    memcmp (buffer, bytes, length))
		return 0;
	if (!table[0] || table[0] == &pair[0] || table[1] ||
	    table[0]->x != (int) variant)
		return 0;
	for (i = 0; i < 5; i++)
		if (numbers[i] != (int) (variant * i))
			return 0;
	return 1;
}

/* What the send side must refuse to carry. */
void
spoil (enum spoiled what)
{
	static char long_name[64];

	switch (what) {
	case LENGTH_TOO_LARGE:
		state.points = points;
		state.count = 5;
		break;
	case STRING_TOO_LONG:
		memset (long_name, 'x', sizeof long_name);
		state.name = long_name;
		break;
	case LIST_IS_A_CYCLE:
		state.list = &first;
		first.next = &first;
		break;
	case TAG_UNKNOWN:
		state.kind = 9;
		break;
	}
}

static struct {
	void *at[16];
	size_t size[16];
	int count;
} blocks;

static void *
block (const void *from, size_t size)
{
	unsigned char *made = malloc (size ? size : 1);

	memcpy (made, from, size);
	blocks.at[blocks.count] = made;
	blocks.size[blocks.count++] = size;
	return made;
}

int
leave (const unsigned char *data, unsigned long size)
{
	static const unsigned char some[64] =
		"0123456789012345678901234567890123456789012345678901234567890";
	unsigned char n[8] = { 0 };
	struct node *last = 0;
	int i, good = 1;

	memcpy (n, data, size < sizeof n ? size : sizeof n);
	fill (n[0]);
	table[0] = n[0] & 1 ? block (some, sizeof pair[0]) : 0;
	table[1] = n[0] & 2 ? block (some, sizeof pair[0]) : 0;
	state.count = n[1] % 7;
	state.points = block (some, state.count * sizeof *state.points);
	good &= state.count <= 4;
	length = n[2] % 40;
	buffer = block (some, length);
	good &= length <= 24;
	state.name = block (some, n[3] % 40 + 1);
	state.name[n[3] % 40] = 0;
	good &= n[3] % 40 + 1 <= 32;
	state.list = 0;
	for (i = 0; i < n[4] % 8; i++) {
		struct node *made = block (&first, sizeof first);

		made->next = state.list;
		state.list = made;
		last = last ? last : made;
	}
	good &= i <= 5;
	if (last && n[4] & 8) {
		last->next = state.list;
		good = 0;
	}
	state.kind = n[5] % 3;
	good &= state.kind <= 1;
	return good;
}

int
wiped (void)
{
	size_t i;
	int clean = 1;

	while (blocks.count--) {
		const unsigned char *at = blocks.at[blocks.count];

		for (i = 0; i < blocks.size[blocks.count]; i++)
			clean &= !at[i];
		free (blocks.at[blocks.count]);
	}
	blocks.count = 0;
	return clean;
}
