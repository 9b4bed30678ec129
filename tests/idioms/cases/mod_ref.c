// writes: direct v:counter
// reads: direct v:limit
// not writes: direct v:limit
// writes: through m:struct state.ready
// writes: through v:state
// reads: through m:struct state.next
// writes: exposes v:counter
// not writes: through v:hidden
struct state { int ready; struct state *next; };
static struct state state, hidden;
static int counter, limit;
void direct (void) { if (counter < limit) counter++; }
void through (struct state *s) { s->next->ready = 1; }
void start (void) { through (&state); hidden.ready = 2; }
void fill (int *p);
void exposes (void) { fill (&counter); }
