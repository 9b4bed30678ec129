// edge: use -> two indirect resolved
// edge: use -> one indirect resolved
// no edge: use -> other
struct ops { int (*read) (int); int (*write) (int); };
static int one (int x) { return x; }
static int two (int x) { return x + 1; }
static int other (int x) { return x + 2; }
static const struct ops table[] = { { .write = other, .read = one }, { two, other } };
int use (int i) { return table[i].read (i); }
