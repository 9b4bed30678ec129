// registry: {name: calls, register: call_register, key: 0, function: 1, dispatch: call_by_name, match: exact}
// edge: both -> a registry exact
// edge: both -> a registry resolved
// edge: both -> b registry resolved
// edge: in_macro -> b registry resolved
// by registry: call_by_name
struct entry { const char *name; void (*f) (void); };
static struct entry entries[8];
static int count;
static void a (void) { }
static void b (void) { }
void call_register (const char *name, void (*f) (void)) { entries[count].name = name; entries[count++].f = f; }
void call_by_name (const char *name) { int i; for (i = 0; i < count; i++) if (entries[i].name == name) entries[i].f (); }
void setup (void) { call_register ("a", a); call_register ("b", b); }
// A call with a constant does not hide one without on its line.
void both (const char *name) { call_by_name ("a"); call_by_name (name); }
#define BOTH(n) call_by_name ("a"); call_by_name (n)
void in_macro (const char *name) { BOTH (name); }
