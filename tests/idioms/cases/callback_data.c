// edge: timer_run -> tick indirect resolved
// edge: tick -> action indirect resolved
struct timer { void (*callback) (void *); void *data; };
static struct timer timers[4];
struct payload { void (*action) (void); };
static void action (void) { }
static struct payload payload = { action };
static void tick (void *data) { ((struct payload *) data)->action (); }
void timer_new (int i, void (*callback) (void *), void *data) { timers[i].callback = callback; timers[i].data = data; }
void setup (void) { timer_new (0, tick, &payload); }
void timer_run (int i) { timers[i].callback (timers[i].data); }
