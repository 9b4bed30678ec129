// An empty statement hides a value from the compiler, and variables of macros are one for each use of the macro.
// edge: one -> first indirect resolved
// edge: two -> second indirect resolved
// edge: three -> third indirect resolved
// edge: four -> fourth indirect resolved
// exact: one two three four
// no edge: three -> fourth
// no edge: four -> third
// no edge: one -> second
// no edge: two -> first
typedef void call (void);
static void first (void) { }
static void second (void) { }
#define HIDE(p) ({ call *hidden; asm ("" : "=r" (hidden) : "0" (p)); hidden; })
void one (void) { call *x = HIDE (first), *y = HIDE (second); (void) y; x (); }
void two (void) { call *x = HIDE (second); x (); }
static void third (void) { }
static void fourth (void) { }
#define OTHER(v) (*({ unsigned long hidden; asm ("" : "=r" (hidden) : "0" (&v)); \
	(__typeof__ (v) *) (hidden + offsets[cpu ()]); }))
struct hooks { call *run; } mine, yours;
struct jobs { call *run; } theirs;
extern unsigned long offsets[];
unsigned cpu (void) { return 0; }
void fill (void) { OTHER (mine).run = third; OTHER (theirs).run = fourth; offsets[0] = (char *) &yours - (char *) &mine; }
void three (void) { OTHER (yours).run (); }
void four (void) { OTHER (theirs).run (); }
