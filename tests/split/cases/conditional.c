// functions inside #if: an emptied conditional goes, others stay whole
// preprocess: [moved, moved_too]
#define FEATURE 1

int kept (void);

#if FEATURE
/* Runs once. */
int
moved (void)
{
	return 1;
}
#endif

#ifdef FEATURE
int
moved_too (void)
{
	return 2;
}

int
kept (void)
{
	return 3;
}
#else
int
kept (void)
{
	return 4;
}
#endif

int
main (void)
{
	return kept ();
}
// === thin
#define FEATURE 1

int kept (void);

#ifdef FEATURE

int
kept (void)
{
	return 3;
}
#else
int
kept (void)
{
	return 4;
}
#endif

int
main (void)
{
	return kept ();
}
