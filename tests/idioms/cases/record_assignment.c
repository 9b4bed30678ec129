// edge: run -> vt_run indirect resolved
struct operations { void (*run) (void); };
static void vt_run (void) { }
static struct operations table[2] = { { vt_run } };
static struct operations pick (int i) { return table[i]; }
void run (int i) { struct operations o = pick (i); o.run (); }
