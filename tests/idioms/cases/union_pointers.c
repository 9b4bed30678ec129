// A union of pointers holds what is stored through any of them; what lies beside them does not matter.
// edge: use -> stored indirect resolved
// edge: use_data -> given indirect resolved
// edge: beside -> action indirect resolved
// edge: bytes -> fitting indirect assumed
// exact: use use_data beside
// assumed: bytes
struct regs;
struct handler { union { void (*fn) (int); void (*with) (int, struct regs *); } u; int kind; };
struct parameter { union { void *variable; void (*parse) (int); } u; };
struct io { int type; union { struct { int port, size; void (*action) (int); } port; struct { void *ops; } memory; } u; };
struct raw { union { void (*fn) (int); unsigned char bytes[8]; } u; };
static void stored (int n) { (void) n; }
static void given (int n) { (void) n; }
static void action (int n) { (void) n; }
static void fitting (int n) { (void) n; }
void put (struct handler *h) { h->u.with = (void (*) (int, struct regs *)) stored; }
void use (struct handler *h) { h->u.fn (1); }
void put_data (struct parameter *p) { p->u.variable = (void *) given; }
void use_data (struct parameter *p) { p->u.parse (1); }
void put_action (struct io *io) { io->u.port.action = action; }
void beside (struct io *io) { io->u.port.action (1); }
void bytes (struct raw *r) { r->u.fn (1); }
void (*keep) (int) = fitting;
