// roots: start
// registry: {name: threads, register: thread_new, function: 0, dispatch: thread_start, passes: [1]}
// edge: thread_start -> worker registry resolved
// edge: worker -> job indirect resolved
// no edge: thread_new -> worker
// no edge: switch_to -> worker
void switch_to (void (*f) (void *), void *data);
static void job (void) { }
struct work { void (*f) (void); };
static struct work work = { job };
static void worker (void *data) { struct work *w = data; w->f (); }
void thread_start (void) { }
void thread_new (void (*f) (void *), void *data) { switch_to (f, data); }
void start (void) { thread_new (worker, &work); thread_start (); }
// file: switch.S
	.globl switch_to
	.type switch_to, @function
switch_to:
	ret
