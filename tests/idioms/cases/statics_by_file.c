// edge: start -> helper call exact
// edge: helper -> mine call exact
// no edge: start -> theirs
static void mine (void) { }
static void helper (void) { mine (); }
void start (void) { helper (); }
// file: second.c
static void theirs (void) { }
static void helper (void) { theirs (); }
void second (void) { helper (); }
