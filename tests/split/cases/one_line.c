// several definitions on one line
// preprocess: [moved]
static int value; int moved (void) { return value; } int kept (void) { return 1; }
int main (void) { return kept (); }
// === thin
int kept (void) { return 1; }
int main (void) { return kept (); }
