// roots: start
// unasked: early boot
// unasked: last runtime
// unasked: both boot runtime
// unasked: listed boot
// unasked: listed_late runtime
// unasked: for_asm boot runtime
// unasked: recursive boot runtime
// unasked: kept_by_linker boot runtime
// edge: for_asm -> callee call exact
// edge: use -> stored indirect resolved
typedef void (*code) (void);
static code hook;
static void stored (void) { }
static void callee (void) { }
static void __attribute__ ((constructor (101))) early (void) { hook = stored; }
static void __attribute__ ((destructor)) last (void) { }
static void __attribute__ ((constructor, destructor)) both (void) { }
static void listed (void) { }
static void listed_late (void) { }
static const code start_list[] __attribute__ ((used, section (".init_array.5"))) = { listed };
static const code end_list __attribute__ ((used, section (".fini_array"))) = listed_late;
static void __attribute__ ((used)) for_asm (void) { callee (); }
static void __attribute__ ((__used__)) recursive (int n) { if (n) recursive (n - 1); }
void __attribute__ ((used, retain)) kept_by_linker (void) { }
static void __attribute__ ((used)) mentioned (void) { }
static void __attribute__ ((unused)) ordinary (void) { }
void use (void) { hook (); }
void start (void) { mentioned (); use (); }
// gathered: start_list end_list
