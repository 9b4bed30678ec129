// reference: start handler read
// empty: other
// no edge: start -> other
void (*handler) (void);
int start (void) { return handler != 0; }
void other (void) { handler (); }
