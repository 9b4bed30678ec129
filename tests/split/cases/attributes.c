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

static int counter __attribute__ ((aligned (8))) = 1;

/* tcbsplit: moved runs in the preprocessing guest; cut: stub.
   known */
static __attribute__ ((noinline, used))
int __init
tcbsplit_cut_moved (int n __unused)
{
	(void) n;
	return 2;
}

int
main (void)
{
	return tcbsplit_cut_moved (counter);
}
