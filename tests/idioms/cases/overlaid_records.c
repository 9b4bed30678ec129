// edge: use -> first indirect resolved
struct mine { int (*open) (void); int (*close) (void); };
struct theirs { int (*start) (void); int (*stop) (void); };
static int first (void) { return 1; }
static int second (void) { return 2; }
static struct mine mine = { first, second };
int use (void) { struct theirs *t = (struct theirs *) &mine; return t->start (); }
// no edge: use -> second
