// one body under two signatures: it stays while either is needed
// units: main.c other.c
// preprocess: [moved]
int shared (int n);

#include "body.c"

int
main (void)
{
	return shared (1);
}
// file other.c
int moved (int n);
int entry (void);

#define MOVED
#include "body.c"

int
entry (void)
{
	return moved (2);
}
// file body.c
#ifdef MOVED
int
moved (int n)
#else
int
shared (int n)
#endif
{
	return n + 1;
}
// === thin
int shared (int n);

#include "body.c"

int
main (void)
{
	return shared (1);
}
// === file other.c
int moved (int n);
int entry (void);

#define MOVED
#include "body.c"

int
entry (void)
{
	return moved (2);
}
// === file body.c
#ifdef MOVED
int
moved (int n)
#else
int
shared (int n)
#endif
{
	return n + 1;
}
