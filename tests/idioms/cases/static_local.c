// edge: use -> f indirect resolved
// reference: use -> use.hook read
static void f (void) { }
void use (void) { static void (*hook) (void) = f; hook (); }
