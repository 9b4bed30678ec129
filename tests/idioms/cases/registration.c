// edge: dispatch -> handler indirect resolved
// edge: setup -> register_handler call exact
// no edge: dispatch -> unrelated
typedef void (*handler_t) (void *);
static struct { handler_t handler; void *data; } slots[4];
static int used;
static void register_handler (handler_t h, void *data) { slots[used].handler = h; slots[used++].data = data; }
static void handler (void *data) { (void) data; }
static void unrelated (void *data) { (void) data; }
void setup (void) { register_handler (handler, 0); }
void dispatch (void) { int i; for (i = 0; i < used; i++) slots[i].handler (slots[i].data); }
void (*keep) (void *) = unrelated;
