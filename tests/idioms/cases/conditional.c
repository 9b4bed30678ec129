// edge: use -> a call exact
// edge: use -> b call exact
static int a (void) { return 1; }
static int b (void) { return 2; }
int use (int x) { return (x ? a : b) (); }
