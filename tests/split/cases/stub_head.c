// a stub where conditionals divide the head, or the head from the body
// preprocess: [moved, second]
// cuts: [{caller: "*", callee: "*", policy: elide, reason: done before, optional: true}]
#define ANSI
#ifdef ANSI
static int moved (int *a)
#else
static int moved (long *b)
#endif
;
#ifdef ANSI
static int moved (int *a)
#else
static int moved (long *b)
#endif
// ) { no body
{
#ifdef ANSI
	return *a;
#else
	return *b;
#endif
}

static int
second (void)
#ifdef ANSI
{
	int n = 1;

#else
{
	int n = 2;

#endif
	return n;
}

int
main (void)
{
	int n = 1;

	return moved (&n) + second ();
}
// === thin
#define ANSI
#ifdef ANSI
static int moved (int *a)
#else
static int moved (long *b)
#endif
;
#ifdef ANSI
static int moved (int *a)
#else
static int moved (long *b)
#endif
// ) { no body
{
	/* tcbsplit: moved runs in the preprocessing guest; cut: elide.
	   done before */
	(void) a;
	return 0;
}

static int
second (void)
#ifdef ANSI
#else
#endif
{
	/* tcbsplit: second runs in the preprocessing guest; cut: elide.
	   done before */
	return 0;
}

int
main (void)
{
	int n = 1;

	return moved (&n) + second ();
}
