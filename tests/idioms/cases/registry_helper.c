// What comes through a helper that only passes its argument on is registered, and passed on, as well.
// roots: start
// registry: {name: caught, register: call_caught, function: 0, dispatch: call_caught, passes: [1]}
// edge: call_caught -> run_plain registry resolved
// edge: run_plain -> first indirect resolved
// edge: call_caught -> run_picked registry resolved
// edge: run_picked -> second indirect resolved
// edge: call_caught -> run_later registry resolved
// edge: run_later -> third indirect resolved
typedef void (*code) (void);
typedef void (*run) (void *);
int asm_catch (void *arg, run f);
int call_caught (run f, void *arg) { return asm_catch (arg, f); }
static void first (void) { }
static void second (void) { }
static void third (void) { }
static void *same (void *p) { return p; }
static run pick (run f) { return f; }
static void run_plain (void *arg) { code f = (code) arg; f (); }
static void run_picked (void *arg) { code f = (code) arg; f (); }
static void run_later (void *arg) { code f = (code) arg; f (); }
static void later (run f, void *arg) { call_caught (pick (f), same (arg)); }
static void direct (void) { call_caught (run_plain, same ((void *) first)); }
static void picked (void) { call_caught (pick (run_picked), (void *) second); }
void start (void) { direct (); picked (); later (run_later, (void *) third); }
// file: catch.S
	.globl asm_catch
	.type asm_catch, @function
asm_catch:
	call *%rsi
	ret
