// edge: use -> stored indirect resolved
// assumed: use
typedef void (*code) (void);
static unsigned long word;
static void stored (void) { }
void put (void) { word = (unsigned long) stored; }
void use (void) { ((code) word) (); }
