// registry: {name: units, record: struct unit, key: id, function: init, dispatch: units_call, match: prefix}
// edge: boot -> early registry exact
// edge: later -> late registry exact
// edge: any -> early registry resolved
// edge: any -> late registry resolved
// no edge: boot -> late
// no edge: units_call -> early
struct unit { const char *id; int (*init) (void); };
#define UNIT(i, f) static const struct unit unit_##f __attribute__ ((section ("units"), used)) = { i, f }
extern const struct unit first[], last[];
static int early (void) { return 0; }
static int late (void) { return 0; }
UNIT ("early1", early);
UNIT ("late1", late);
void units_call (const char *prefix) { const struct unit *u; for (u = first; u < last; u++) if (u->id[0] == prefix[0]) u->init (); }
void boot (void) { units_call ("early"); }
void later (void) { units_call ("late"); }
void any (const char *what) { units_call (what); }
