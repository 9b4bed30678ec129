// edge: run -> svm_run indirect resolved
// edge: copied -> svm_run indirect resolved
void *memcpy (void *, const void *, unsigned long);
struct operations { void (*run) (void); int flags; };
struct raw { void (*code) (void); int x; };
static void svm_run (void) { }
static const struct operations svm = { .run = svm_run };
static struct operations current;
static struct raw shadow;
void init (void) { memcpy (&current, &svm, sizeof current); memcpy (&shadow, &svm, sizeof shadow); }
void run (void) { current.run (); }
void copied (void) { shadow.code (); }
