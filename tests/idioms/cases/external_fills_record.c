// edge: start -> fitting indirect assumed
// assumed: start
struct table { void (*f) (int); };
void fill (struct table *);
static void fitting (int n) { (void) n; }
void (*keep) (int) = fitting;
void start (void) { struct table t; fill (&t); t.f (1); }
