// degraded: yes
// edge: start -> callee call exact
static void callee (void) { }
void start (void) { callee (); undeclared_type x; callee (); }
