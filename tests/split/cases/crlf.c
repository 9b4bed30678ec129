// CRLF and tabs stay as they are, in what is generated too
// newlines: crlf
// preprocess: [moved]
// cuts: [{caller: main, callee: moved, policy: "stub", expression: "7", reason: "known before"}]
/* Runs once. */
int	moved (int n)
{
	return	n;
}

int	main (void)
{
	return	moved (1);
}
// === thin
/* Runs once. */
int	moved (int n)
{
	/* tcbsplit: moved runs in the preprocessing guest; cut: stub.
	   known before */
	(void) n;
	return 7;
}

int	main (void)
{
	return	moved (1);
}
