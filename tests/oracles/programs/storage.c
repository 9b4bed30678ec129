/* Unions, overlaid tables, words that hold code, exchange by assembly, state machines. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

typedef int (*code) (int);
union value { code call; uintptr_t word; };
struct table { code open, close; };
struct alias { code first, second; };

static int opened (int n) { return n + 1; }
static int closed (int n) { return n - 1; }
static int start (int n);
static int stop (int n) { return n * 2; }

static struct table table = { opened, closed };
static uintptr_t words[2];
static code current;
typedef struct state (*step) (int n);
struct state { step next; };
static struct state second_step (int n);
static struct state first_step (int n) { return (struct state) { n ? second_step : 0 }; }
static struct state second_step (int n) { (void) n; return (struct state) { 0 }; }

static uintptr_t exchange (uintptr_t *place, uintptr_t value)
{
	__asm__ volatile ("xchg %0, %1" : "+m" (*place), "+r" (value));
	return value;
}

static int start (int n) { exchange ((uintptr_t *) &current, (uintptr_t) stop); return n; }

static int through_union (int n)
{
	union value v;

	v.word = (uintptr_t) opened;
	return v.call (n);
}

static int through_words (int n)
{
	memcpy (words, &table, sizeof words);
	return ((struct table *) words)->close (n);
}

static int through_alias (int n) { return ((struct alias *) &table)->first (n); }

static int through_byte_copies (int n)
{
	code from = closed, to;
	unsigned i;

	for (i = 0; i < sizeof to; i++)
		((unsigned char *) &to)[i] = ((unsigned char *) &from)[i];
	return to (n);
}

int main (void)
{
	struct state state = { first_step };
	int sum = through_union (1) + through_words (2) + through_alias (3) + through_byte_copies (4);

	current = start;
	sum += current (5);
	sum += current (6);
	while (state.next)
		state = state.next (1);
	printf ("%d\n", sum);
	return 0;
}
