// attributes before, between and behind belong to the definition
// preprocess: [moved, moved_too]
// cuts: [{caller: main, callee: moved, policy: "stub", expression: "2", reason: "known"}]
#define __init __attribute__ ((section (".init.text")))
#define __unused __attribute__ ((unused))

__attribute__ ((noinline, used))
static int __init
moved (int n __unused)
{
	return 1;
}

static __unused int __attribute__ ((cold)) moved_too (void) { return 3; }

static int counter __attribute__ ((aligned (8))) = 1;

int
main (void)
{
	return moved (counter);
}
// === thin
#define __init __attribute__ ((section (".init.text")))
#define __unused __attribute__ ((unused))

__attribute__ ((noinline, used))
static int __init
moved (int n __unused)
{
	/* tcbsplit: moved runs in the preprocessing guest; cut: stub.
	   known */
	(void) n;
	return 2;
}

static int counter __attribute__ ((aligned (8))) = 1;

int
main (void)
{
	return moved (counter);
}
