// edge: run -> a indirect resolved
// edge: run -> b indirect resolved
typedef void (*code) (void);
static void a (void) { }
static void b (void) { }
static code codes[] = { a, b, 0 };
void run (void) { code *p; for (p = codes; *p; p++) (*p) (); (*(codes + 1)) (); }
