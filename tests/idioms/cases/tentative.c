// edge: start -> chosen indirect resolved
void (*handler) (void);
void (*handler) (void);
void start (void) { handler (); }
// file: second.c
static void chosen (void) { }
void (*handler) (void) = chosen;
