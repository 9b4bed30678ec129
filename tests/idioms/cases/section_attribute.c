// roots: start
// edge: start -> in_section indirect resolved
// no edge: start -> not_kept
struct handler { void (*run) (void); };
static void in_section (void) { }
static void not_kept (void) { }
__attribute__ ((section ("handlers"), used)) static const struct handler kept = { in_section };
static const struct handler ordinary __attribute__ ((unused)) = { not_kept };
extern const struct handler first[], last[];
void start (void) { const struct handler *h; for (h = first; h < last; h++) h->run (); }
// gathered: kept
