// edge: use -> a indirect resolved
// edge: use -> b indirect resolved
static int a (void) { return 1; }
static int b (void) { return 2; }
static int (*choose (int x)) (void) { return x ? a : b; }
int use (int x) { return choose (x) (); }
