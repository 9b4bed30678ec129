// a source that another one includes is edited like any
// preprocess: [moved]
int kept (void);
#include "part.c"

int
main (void)
{
	return kept ();
}
// file part.c
static int helper (void) { return 1; }
int moved (void);
int moved (void) { return helper (); }
int kept (void) { return 2; }
// === thin
int kept (void);
#include "part.c"

int
main (void)
{
	return kept ();
}
// === file part.c
int moved (void);
int kept (void) { return 2; }
