// a head that a macro writes: the body is in the file, and a stub takes its place
// preprocess: [moved]
// cuts: [{caller: main, callee: moved, policy: stub, expression: n, reason: known}]
#define HANDLER(name) int name (int n); int name (int n)

HANDLER (moved)
{
	return n + 1;
}

int
main (void)
{
	return moved (1);
}
// === thin
#define HANDLER(name) int name (int n); int name (int n)

HANDLER (moved)
{
	/* tcbsplit: moved runs in the preprocessing guest; cut: stub.
	   known */
	(void) n;
	return n;
}

int
main (void)
{
	return moved (1);
}
