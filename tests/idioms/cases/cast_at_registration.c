// edge: use -> narrow indirect resolved
// resolved: use
typedef int (*handler) (int, int);
static handler handlers[2];
static _Bool narrow (enum { A, B } kind) { return kind == A; }
static int wide (int a, int b) { return a + b; }
void put (void) { handlers[0] = (handler) narrow; handlers[1] = wide; }
int use (void) { return handlers[0] (1, 2); }
