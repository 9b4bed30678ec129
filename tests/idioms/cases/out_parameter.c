// edge: use -> target indirect resolved
static void target (void) { }
static void give (void (**slot) (void)) { *slot = target; }
void use (void) { void (*f) (void); give (&f); f (); }
