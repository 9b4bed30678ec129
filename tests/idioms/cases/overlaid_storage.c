// assumed: use
// edge: use -> fitting indirect assumed
struct table { void (*a) (int); void (*b) (int); };
static unsigned long storage[2];
static void fitting (int n) { (void) n; }
void fill (unsigned long x) { storage[0] = x; }
void use (void) { ((struct table *) storage)->a (1); }
void (*keep) (int) = fitting;
