// A table of functions that comes in with a parameter of a root: its functions are outside of the program.
// roots: start work
// external: start helper use
// empty: never
// exact: ours
// edge: ours -> mine indirect resolved
struct services { int (*allocate) (long, void **); int (*open) (int, void **); };
struct system { int version; struct services *boot; };
struct protocol { int (*read) (void *); };
struct hooks { void (*run) (void); void (*mine) (void); } hooks;
static struct services *services;
static void mine (void) { }
static void helper (void) { void *p; services->allocate (1, &p); }
static void use (void) { struct protocol *p; services->open (1, (void **) &p); p->read (p); }
static void never (void) { hooks.run (); }
static void ours (void) { hooks.mine (); }
void start (void *image, struct system *table)
{
	services = table->boot;
	table->boot->allocate (1, &image);
	hooks.mine = mine;
	helper (); use (); never (); ours ();
}
void work (int n) { (void) n; }
