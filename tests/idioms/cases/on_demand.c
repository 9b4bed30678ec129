// roots: start
// edge: start -> live indirect resolved
// no edge: start -> dead
// not reached: dead never
// exact: start
static void live (void) { }
static void dead (void) { }
static void (*handler) (void);
static void set (void (*f) (void)) { handler = f; }
void never (void) { set (dead); }
void start (void) { set (live); handler (); }
