// roots: start
// gathered: one two three four
// edge: start -> f indirect resolved
// edge: start -> g indirect resolved
// no edge: start -> h
struct rec { void (*f) (void); struct rec *other; int hits; };
extern struct rec first[], last[];
static void f (void);
static void g (void);
static void h (void) { }
static struct rec one __attribute__ ((used, section (".recs"))) = { f, 0, 0 };
extern struct rec three;
struct rec two __attribute__ ((section (".recs"))) = { g, &three, 0 };
struct rec three __attribute__ ((section (".recs"))) = { g, &two, 0 };
struct rec four __attribute__ ((used)) = { f, 0, 0 };
struct rec five = { h, 0, 0 };
static void f (void) { one.hits++; }
static void g (void) { two.hits++; }
void start (void) { struct rec *r; for (r = first; r < last; r++) r->f (); }
