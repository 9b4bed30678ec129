// edge: start -> hook call exact
// edge: hook -> strong call exact
// no edge: hook -> fallback
// edge: start -> lonely call exact
// edge: lonely -> fallback call exact
static void fallback (void) { }
__attribute__ ((weak)) void hook (void) { fallback (); }
__attribute__ ((weak)) void lonely (void) { fallback (); }
void start (void) { hook (); lonely (); }
// file: strong.c
static void strong (void) { }
void hook (void) { strong (); }
