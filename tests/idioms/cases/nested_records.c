// edge: use -> positional indirect resolved
// edge: use -> elided indirect resolved
// edge: use -> designated indirect resolved
struct inner { int a; void (*f) (void); };
struct outer { int x; struct inner in[2]; };
static void positional (void) { }
static void elided (void) { }
static void designated (void) { }
static const struct outer one = { 1, { { 2, positional }, { 3, 0 } } };
static const struct outer two = { 1, 2, elided, 3, 0 };
static const struct outer three = { .in[1].f = designated };
void use (int k) { const struct outer *o = k ? &one : k == 2 ? &two : &three; o->in[k & 1].f (); }
