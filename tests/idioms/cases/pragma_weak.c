// roots: start late
// edge: start -> by_pragma call exact
// edge: by_pragma -> impl call exact
// reached: impl callee target strong
// not reached: replaced
// edge: through -> target indirect resolved
// writes: write v:data
// reads: read v:data
static void callee (void) { }
void impl (void (*f) (void)) { callee (); f (); }
#pragma weak by_pragma = impl
_Pragma ("weak second = impl")
void by_pragma (void (*f) (void));
void target (void) { }
void start (void) { by_pragma (target); }
// edge: impl -> target indirect resolved
void through (void (*f) (void)) { f (); }
void fallback (void);
void late (void) { through (target); fallback (); }
void replaced (void) { }
#pragma weak fallback
void fallback (void) { replaced (); }
int data;
#pragma weak another = data
int read (void) { return data; }
// file: strong.c
extern int another;
void write (void) { another = 1; }
void strong (void) { }
void fallback (void) { strong (); }
