// comments: what touches a definition is its own, a section's title is not
// preprocess: [moved, moved_too]
/* The file's title. */

/* --- public ---------------------------------------------------------- */

// One line,
// and another.
int moved (void) { return 1; } /* behind */

/* Belongs
   to the second. */
static int moved_too (void) { return 2; }
int after (void);

/* Kept. */
int after (void) { return 3; }
int use (void) { return moved_too (); }

int
main (void)
{
	return after ();
}
// === thin
/* The file's title. */

/* --- public ---------------------------------------------------------- */

int after (void);

/* Kept. */
int after (void) { return 3; }

int
main (void)
{
	return after ();
}
