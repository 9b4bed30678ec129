// edge: caller -> callee call exact
// no edge: callee -> caller
static int callee (int x) { return x; }
int caller (void) { return callee (1); }
