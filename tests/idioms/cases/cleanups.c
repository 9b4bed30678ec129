// edge: several -> first call exact
// edge: several -> second call exact
// edge: by_macro -> first call exact
// edge: inner -> second call exact
// edge: inner -> called indirect resolved
// no edge: plain -> second
typedef struct { void (*f) (void); } guard;
static void called (void) { }
static void first (guard *g) { (void) g; }
static void second (guard *g) { (void) g; }
#define AUTO(f) guard __attribute__ ((unused, __cleanup__ (f)))
void several (void) { guard g __attribute__ ((cleanup (first), cleanup (second))) = { 0 }; }
void by_macro (void) { for (AUTO (first) g = { 0 }; ; ) break; }
void inner (void) { int n = ({ AUTO (second) g = { called }; g.f (); 1; }); (void) n; }
void plain (void) { guard g = { 0 }; (void) g; }
// exact: inner
