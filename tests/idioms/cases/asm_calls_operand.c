// edge: enter -> entered indirect resolved
// edge: jump -> jumped indirect resolved
static void entered (void) { }
static void jumped (void) { }
static void enter_at (void (*f) (void)) { asm volatile ("call *%0" : : "r" (f) : "memory"); }
// edge: enter_at -> entered indirect resolved
void enter (void) { void (*f) (void) = entered; asm volatile ("call *%0" : : "r" (f)); enter_at (entered); }
void jump (void *sp) { asm volatile ("mov %0, %%rsp; jmp *%1" : : "r" (sp), "r" (jumped)); }
