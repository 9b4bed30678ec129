// edge: notify -> device_event indirect resolved
// no edge: notify -> other
struct node { struct node *next; };
struct device { int id; struct node node; void (*event) (struct device *); };
#define container_of(p, t, m) ((t *) ((char *) (p) - __builtin_offsetof (t, m)))
static void device_event (struct device *d) { (void) d; }
static void other (struct device *d) { (void) d; }
static struct node *list;
void add (struct device *d) { d->event = device_event; d->node.next = list; list = &d->node; }
void notify (void) { struct node *n; for (n = list; n; n = n->next) { struct device *d = container_of (n, struct device, node); d->event (d); } }
void (*keep) (struct device *) = other;
