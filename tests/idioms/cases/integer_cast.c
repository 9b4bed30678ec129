// assumed: use
// edge: use -> fitting indirect assumed
// no edge: use -> other_type
typedef void (*code) (void);
static void fitting (void) { }
static int other_type (int x) { return x; }
void use (unsigned long address) { ((code) (address * 16)) (); }
code keep = fitting;
int (*keep2) (int) = other_type;
