// a signature that straddles #ifdef takes the whole conditional along
// preprocess: [moved]
int kept (int n);

/* Whichever the machine has. */
#ifdef WIDE
static long
moved (long n)
#else
static int
moved (int n)
#endif
{
#ifdef WIDE
	n >>= 32;
#endif
	return n;
}

int
entry (void)
{
	return moved (1);
}

int
kept (int n)
{
	return n;
}

int
main (void)
{
	return kept (2);
}
// === thin
int kept (int n);

int
kept (int n)
{
	return n;
}

int
main (void)
{
	return kept (2);
}
