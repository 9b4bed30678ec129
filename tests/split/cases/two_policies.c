// two cuts of one function: the second stub has a name of its own, its callers a macro
// preprocess: [moved]
// cuts: [{caller: main, callee: moved, policy: stub, expression: n + 1, reason: known}, {caller: late, callee: moved, policy: panic, reason: never called}]
int late (int n);

#define NAMED(f) #f, f

/* Computes. */
static int
moved (int n)
{
	return n * 2;
}
int
late (int n)
{
	struct {
		const char *name;
		int (*call) (int);
	} entry = { NAMED (moved) };

	return entry.call (n) + entry.name[0];
}
int
main (void)
{
	return moved (1) + moved (2);
}
// === thin
int late (int n);

#define NAMED(f) #f, f

extern void tcbsplit_adapter_panic (const char *) __attribute__ ((noreturn));

/* Computes. */
static int
moved (int n)
{
	/* tcbsplit: moved runs in the preprocessing guest; cut: stub.
	   known */
	(void) n;
	return n + 1;
}

static __typeof__ (moved) tcbsplit_cut_moved;

static int
tcbsplit_cut_moved (int n)
{
	/* tcbsplit: moved runs in the preprocessing guest; cut: panic.
	   never called */
	(void) n;
	tcbsplit_adapter_panic ("moved was moved out of the hypervisor");
}
static __typeof__ (moved) tcbsplit_cut_moved;
#define moved tcbsplit_cut_moved
int
late (int n)
{
	struct {
		const char *name;
		int (*call) (int);
	} entry = { NAMED (moved) };

	return entry.call (n) + entry.name[0];
}
#undef moved
int
main (void)
{
	return moved (1) + moved (2);
}
