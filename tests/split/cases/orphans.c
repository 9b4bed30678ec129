// unreached static code that only what leaves mentions goes with it
// preprocess: [moved]
int moved (void);
int unreached (void);

static int
deep (void)
{
	return 1;
}

static int
helper (void)
{
	return deep ();
}

static int table[2];

int
unreached (void)
{
	return moved () + helper () + table[1];
}

int
moved (void)
{
	return 2;
}

int
main (void)
{
	return 0;
}
// === thin
int moved (void);
int unreached (void);

int
main (void)
{
	return 0;
}
