// attributes behind a name leave with it
// preprocess: [moved]
// cuts: [{caller: main, callee: moved, policy: elide, reason: done before}]
#define __noinit __attribute__ ((section (".noinit")))
#define __aligned(n) __attribute__ ((aligned (n)))

static unsigned long tick __attribute__ ((section (".noinit")));
static int one __aligned (16), two __noinit;
static int kept_one __aligned (16), gone_one __noinit;
static int (*call) (void) __noinit;
static int table[4] __aligned (16) __noinit;
static int (*hook) (void) __asm__ ("hook_name") __attribute__ ((unused)); /* called */
struct moved_type {
	int n;
} kept_variable;

void moved (void);

void
moved (void)
{
	tick = 1;
	table[0] = 2;
	hook = call = 0;
	one = two = gone_one = 1;
	(void) two;
	(void) tick;
	(void) table;
}

int
main (void)
{
	moved ();
	return kept_variable.n + kept_one;
}
// === thin
#define __noinit __attribute__ ((section (".noinit")))
#define __aligned(n) __attribute__ ((aligned (n)))

static int kept_one __aligned (16);
struct moved_type {
	int n;
} kept_variable;

void moved (void);

void
moved (void)
{
	/* tcbsplit: moved runs in the preprocessing guest; cut: elide.
	   done before */
}

int
main (void)
{
	moved ();
	return kept_variable.n + kept_one;
}
