#ifndef CARRIED_H
#define CARRIED_H

enum spoiled {
	LENGTH_TOO_LARGE,
	STRING_TOO_LONG,
	LIST_IS_A_CYCLE,
	TAG_UNKNOWN,
};

void fill (unsigned int variant);
void clear (void);
int same (unsigned int variant);
void spoil (enum spoiled what);

/*
 * Anything that a program may leave: targets in blocks of their own, exactly as
 * long as the variables say. Returns whether it can be handed over.
 */
int leave (const unsigned char *data, unsigned long size);
/* Whether the targets are all zeros; frees them. */
int wiped (void);

#endif
