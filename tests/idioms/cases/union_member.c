// edge: use -> stored indirect resolved
// assumed: use
// edge: use -> fitting indirect assumed
// no edge: use -> other_type
union cell { void (*code) (int); unsigned long word; };
static union cell cell;
static void stored (int n) { (void) n; }
static void fitting (int n) { (void) n; }
static long other_type (char *p) { return *p; }
void put (void) { cell.code = stored; }
void raw (unsigned long w) { cell.word = w; }
void use (void) { cell.code (1); }
void (*keep) (int) = fitting;
long (*keep2) (char *) = other_type;
