// edge: outside -> fitting indirect assumed
// assumed: outside
// edge: inside -> defined indirect resolved
// no edge: inside -> fitting
struct firmware { void (*call) (int); };
struct service { void (*run) (int); };
extern struct firmware firmware;
extern struct service service;
static void fitting (int n) { (void) n; }
void (*keep) (int) = fitting;
void outside (void) { firmware.call (1); }
void inside (void) { service.run (1); }
// file: second.c
struct service { void (*run) (int); };
static void defined (int n) { (void) n; }
struct service service = { defined };
