// roots: start more
// edge: start -> other_name call exact
// edge: other_name -> real call exact
// edge: real -> callee call exact
// edge: through -> target indirect resolved
// reached: callee target
static void callee (void) { }
void real (void (*f) (void)) { callee (); f (); }
void other_name (void (*f) (void)) __attribute__ ((alias ("real")));
void target (void) { }
void start (void) { other_name (target); }
// edge: real -> target indirect resolved
void through (void (*f) (void)) { f (); }
void (*table[]) (void (*) (void)) = { through };
void late (void) { table[0] (target); }
// file: more.c
void late (void);
void more (void) { late (); }
