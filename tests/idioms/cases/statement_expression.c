// edge: use -> f indirect resolved
static int f (void) { return 1; }
int use (void) { int (*p) (void) = ({ int (*q) (void) = f; q; }); return p (); }
