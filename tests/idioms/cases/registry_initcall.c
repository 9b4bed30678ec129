// registry: {name: initcalls, section: ".initcall{key}.init", dispatch: do_level}
// edge: boot -> early registry exact
// no edge: boot -> late
// edge: later -> late registry exact
// by registry: do_level
typedef int (*initcall) (void);
static int early (void) { return 0; }
static int late (void) { return 0; }
static initcall call_early __attribute__ ((used, section (".initcall1.init"))) = early;
static initcall call_late __attribute__ ((used, section (".initcall6.init"))) = late;
extern initcall levels[];
void do_level (int level) { initcall *f; for (f = levels + level; *f; f++) (*f) (); }
void boot (void) { do_level (1); }
void later (void) { do_level (6); }
