// roots: start
// unasked: early boot
// edge: early -> registered call exact
// edge: start -> added indirect resolved
static void (*list) (void);
static void added (void) { }
static void registered (void) { list = added; }
__attribute__ ((constructor)) static void early (void) { registered (); }
void start (void) { if (list) list (); }
