// a file whose every definition moved stays, empty but for a comment
// units: main.c part.c
// preprocess: [moved]
int
main (void)
{
	return 0;
}
// file part.c
/* What is needed once. */
#include <stddef.h>

int moved (void);

static size_t size = 3;

int
moved (void)
{
	return (int) size;
}
// === thin
int
main (void)
{
	return 0;
}
// === file part.c
/* tcbsplit: all that this file defined moved to the preprocessing guest. */
