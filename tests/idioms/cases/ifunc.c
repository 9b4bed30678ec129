// unasked: choose boot
// roots: start
// edge: start -> work call exact
// edge: work -> choose call exact
// edge: work -> fast indirect resolved
// edge: fast -> given indirect resolved
// resolved: work
// exact: fast
// reached: choose fast slow given
// unasked: choose boot
static void fast (void (*f) (void)) { f (); }
static void slow (void (*f) (void)) { (void) f; }
static void *choose (void) { return sizeof (int) > 2 ? (void *) fast : (void *) slow; }
void work (void (*f) (void)) __attribute__ ((ifunc ("choose")));
static void given (void) { }
void start (void) { work (given); }
