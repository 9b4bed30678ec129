// a conditional that holds another definition too keeps its directives
// preprocess: [entry, moved]
int entry (void);

#ifndef WIDE
int
kept (int n)
{
	return n;
}

static int
moved (int n)
#else
static long
moved (long n)
#endif
{
	return n;
}

int
entry (void)
{
	return moved (1);
}

int
main (void)
{
	return kept (2);
}
// === thin
int entry (void);

#ifndef WIDE
int
kept (int n)
{
	return n;
}

#else
#endif

int
main (void)
{
	return kept (2);
}
