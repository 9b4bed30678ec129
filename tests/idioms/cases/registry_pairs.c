// What a registration passes on goes to the function that it lists, not to those of other registrations.
// roots: start
// registry: {name: caught, register: call_caught, function: 0, dispatch: call_caught, passes: [1]}
// edge: call_caught -> run_plain registry resolved
// edge: call_caught -> run_work registry resolved
// edge: call_caught -> wrapped registry resolved
// edge: run_plain -> first indirect resolved
// no edge: run_plain -> second
// no edge: run_plain -> third
// no edge: run_plain -> unrelated
// edge: run_work -> second indirect resolved
// no edge: run_work -> first
// edge: wrapped -> third indirect resolved
// no edge: wrapped -> first
// no edge: wrapped -> unrelated
typedef void (*code) (void);
int asm_catch (void *arg, void (*f) (void *));
int call_caught (void (*f) (void *), void *arg) { return asm_catch (arg, f); }
static void first (void) { }
static void second (void) { }
static void third (void) { }
static void unrelated (void) { }
struct work { code run; };
code kept;
static void run_plain (void *arg) { code f = (code) arg; f (); }
static void run_work (void *arg) { struct work *w = arg; w->run (); }
static void wrapped (void *arg) { code *f = arg; (*f) (); }
static int wrapper (void (*f) (void *), void *arg) { return call_caught (f, arg); }
static int catch_plain (code f) { return call_caught (run_plain, (void *) f); }
void start (void)
{
	struct work w = { second };
	code local = third;

	kept = unrelated;
	catch_plain (first);
	call_caught (run_work, &w);
	wrapper (wrapped, &local);
}
// file: catch.S
	.globl asm_catch
	.type asm_catch, @function
asm_catch:
	call *%rsi
	ret
