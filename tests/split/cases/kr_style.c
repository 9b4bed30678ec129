// K&R definitions: the stub copies the style
// preprocess: [moved]
// cuts: [{caller: main, callee: moved, policy: elide, reason: its effect is handed over}]
static int moved (a, b)
	int a;
	const char *b;
{
	return a + b[0];
}

int
main (void)
{
	return moved (1, "b");
}
// === thin
static int moved (a, b)
	int a;
	const char *b;
{
	/* tcbsplit: moved runs in the preprocessing guest; cut: elide.
	   its effect is handed over */
	(void) a;
	(void) b;
	return 0;
}

int
main (void)
{
	return moved (1, "b");
}
