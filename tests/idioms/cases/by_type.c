// edge: use -> f indirect assumed
extern void outside (int (*p) (int, long));
static int f (int a, long b) { return a + (int) b; }
extern int (*from_outside) (int, long);
void give (void) { outside (f); }
int use (void) { return from_outside (1, 2); }
