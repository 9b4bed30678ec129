// edge: start -> release call exact
static void release (int *p) { *p = 0; }
int start (void) { int lock __attribute__ ((cleanup (release))) = 1; return lock; }
