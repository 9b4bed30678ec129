// roots: start
// edge: start -> compare indirect assumed
// edge: compare -> helper call exact
// reached: helper in_record
// edge: start -> in_record indirect assumed
void qsort (void *, unsigned long, unsigned long, int (*) (const void *, const void *));
struct callbacks { void (*event) (int); };
void library_register (struct callbacks *);
static int helper (void) { return 0; }
static int compare (const void *a, const void *b) { (void) a; (void) b; return helper (); }
static void in_record (int n) { (void) n; }
void start (void) { struct callbacks c = { in_record }; int v[2] = { 2, 1 }; qsort (v, 2, sizeof v[0], compare); library_register (&c); }
