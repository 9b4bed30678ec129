// edge: trap -> c_handler asm exact
// edge: label_entry -> c_handler asm exact
// roots: trap
// reached: c_handler deeper
void deeper (void) { }
void c_handler (void) { deeper (); }
void trap (void) { asm volatile ("push %rax; call c_handler; pop %rax"); }
asm (".globl label_entry\nlabel_entry: call c_handler\nret");
