// roots: start
// empty: start optional
// why empty: start only code that is not reached stores a function in v:handler: never
// why empty: optional nothing stores a function in m:struct hooks.panic
struct hooks { void (*panic) (void); };
static void dead (void) { }
void (*handler) (void);
static struct hooks hooks;
void never (void) { handler = dead; }
static void optional (void) { if (hooks.panic) hooks.panic (); }
void start (void) { handler (); optional (); }
