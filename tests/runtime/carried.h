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

#endif
