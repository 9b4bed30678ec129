// what the expression of a stub mentions stays with it
// preprocess: [moved]
// cuts: [{caller: main, callee: moved, policy: stub, expression: fallback (n) + start, reason: known}]
static int start = 3;

static int
fallback (int n)
{
	return n + start;
}

static int
moved (int n)
{
	return fallback (n) * start;
}

int
main (void)
{
	return moved (1);
}
// === thin
static int start = 3;

static int
fallback (int n)
{
	return n + start;
}

static int
moved (int n)
{
	/* tcbsplit: moved runs in the preprocessing guest; cut: stub.
	   known */
	(void) n;
	return fallback (n) + start;
}

int
main (void)
{
	return moved (1);
}
