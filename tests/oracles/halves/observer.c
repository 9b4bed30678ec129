/* Notes which variables a program reads and writes while what moves runs, and before and after.
   gcc's -fsanitize=thread calls these functions at every access; no library of it is linked. */

#include <stdio.h>
#include <string.h>

#define ENDLESS 1000000 /* accesses: a longer program is none of ours */

enum phase { BEFORE, MOVED, AFTER };
enum use { READ = 1, WRITE = 2, CHANGED = 4 };

struct observed {
	const char *name;
	volatile void *at;
	unsigned long size;
};

extern const struct observed observed[];
extern const unsigned observed_count;
void observe (int);

static enum phase phase;
static unsigned long accesses;
static char *lowest, *end;
static unsigned char uses[1 << 18]; /* of each byte of the variables, three bits a phase */
static char old[1 << 18];

static void
used (volatile void *at, unsigned long size, enum use use)
{
	char *byte = (char *) at;

	if (++accesses > ENDLESS)
		__builtin_trap ();
	/* What a phase has written itself does not come from before: compilers
	   read the value of an assignment back. */
	for (; size && byte >= lowest && byte < end; size--, byte++)
		if (use != READ || !(uses[(byte - lowest) * 3 + phase] & WRITE))
			uses[(byte - lowest) * 3 + phase] |= use;
}

static void
limits (void)
{
	unsigned i;

	for (i = 0; i < observed_count; i++) {
		char *at = (char *) observed[i].at;

		if (!lowest || at < lowest)
			lowest = at;
		if (at + observed[i].size > end)
			end = at + observed[i].size;
	}
	if ((unsigned long) (end - lowest) * 3 > sizeof uses)
		__builtin_trap ();
}

static void
tell (void)
{
	static const char *const words[] = { "before", "moved", "after" };
	unsigned i, p;
	unsigned long b;

	for (i = 0; i < observed_count; i++)
		for (p = BEFORE; p <= AFTER; p++) {
			unsigned all = 0;

			for (b = 0; b < observed[i].size; b++)
				all |= uses[((char *) observed[i].at - lowest + b) * 3 + p];
			if (all)
				fprintf (stderr, "%s %u %s\n", words[p], all, observed[i].name);
		}
}

/* The next phase begins. */
void
observe (int next)
{
	unsigned long b;

	for (b = 0; b < (unsigned long) (end - lowest); b++)
		if (lowest[b] != old[b])
			uses[b * 3 + phase] |= CHANGED;
	memcpy (old, lowest, end - lowest);
	phase = next;
}

__attribute__ ((constructor)) static void
begin (void)
{
	limits ();
	memcpy (old, lowest, end - lowest);
}

__attribute__ ((destructor)) static void
finish (void)
{
	observe (AFTER);
	tell ();
}

#define ACCESS(size) \
	void __tsan_read##size (void *at); \
	void __tsan_read##size (void *at) { used (at, size, READ); } \
	void __tsan_write##size (void *at); \
	void __tsan_write##size (void *at) { used (at, size, WRITE); } \
	void __tsan_unaligned_read##size (void *at); \
	void __tsan_unaligned_read##size (void *at) { used (at, size, READ); } \
	void __tsan_unaligned_write##size (void *at); \
	void __tsan_unaligned_write##size (void *at) { used (at, size, WRITE); }

ACCESS (1)
ACCESS (2)
ACCESS (4)
ACCESS (8)
ACCESS (16)

void __tsan_read_range (void *at, unsigned long size);
void __tsan_write_range (void *at, unsigned long size);
void __tsan_init (void);
void __tsan_func_entry (void *caller);
void __tsan_func_exit (void *caller);

void
__tsan_read_range (void *at, unsigned long size)
{
	used (at, size, READ);
}

void
__tsan_write_range (void *at, unsigned long size)
{
	used (at, size, WRITE);
}

void
__tsan_init (void)
{
}

void
__tsan_func_entry (void *caller)
{
	(void) caller;
}

void
__tsan_func_exit (void *caller)
{
	(void) caller;
}
