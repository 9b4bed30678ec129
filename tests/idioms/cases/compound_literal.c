// edge: use -> call call exact
struct ops { int (*go) (void); };
static int f (void) { return 1; }
static int call (const struct ops *o) { return o->go (); }
int use (void) { return call (&(struct ops) { .go = f }); }
// edge: call -> f indirect resolved
