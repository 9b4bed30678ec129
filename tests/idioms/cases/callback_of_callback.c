// edge: run -> outer indirect resolved
// edge: outer -> inner indirect resolved
static int inner (int x) { return x; }
static int outer (int (*f) (int)) { return f (3); }
static int run (int (*g) (int (*) (int))) { return g (inner); }
int start (void) { return run (outer); }
