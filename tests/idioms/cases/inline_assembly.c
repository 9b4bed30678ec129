// edge: use -> f indirect resolved
static void f (void) { }
static void (*slot) (void);
void set (void) { void (*p) (void) = f; asm volatile ("xchg %0, %1" : "+m" (slot), "+r" (p)); }
void use (void) { slot (); }
