// roots: start
// edge: start -> hook call exact
// reached: first second
// not reached: third
static void first (void) { }
static void third (void) { }
void __attribute__ ((weak)) hook (void) { first (); }
void __attribute__ ((weak)) replaced (void) { third (); }
void start (void) { hook (); replaced (); }
// file: second.c
static void second (void) { }
void __attribute__ ((weak)) hook (void) { second (); }
void replaced (void) { }
