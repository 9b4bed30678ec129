// edge: start -> fitting indirect assumed
// assumed: start
typedef void (*code) (int);
code lookup (const char *name);
static void fitting (int n) { (void) n; }
code keep = fitting;
void start (void) { lookup ("f") (1); }
