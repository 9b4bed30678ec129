// edge: use -> f indirect resolved
static int f (int x) { return x; }
static void *slot;
void set (void) { slot = (void *) f; }
int use (void) { return ((int (*) (int)) slot) (1); }
