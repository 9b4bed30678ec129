// inline functions of headers stay, they cost nothing
// preprocess: [moved]
#include "part.h"

int moved (void);

int
moved (void)
{
	return only_moved ();
}

int
main (void)
{
	return kept ();
}
// file part.h
#ifndef PART_H
#define PART_H
static inline int only_moved (void) { return 1; }
static inline int kept (void) { return 2; }
#endif
// === thin
#include "part.h"

int moved (void);

int
main (void)
{
	return kept ();
}
// === file part.h
#ifndef PART_H
#define PART_H
static inline int only_moved (void) { return 1; }
static inline int kept (void) { return 2; }
#endif
