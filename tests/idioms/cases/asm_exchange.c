// edge: run -> io_handler indirect resolved
// no edge: run -> unrelated
typedef void (*io) (int);
static io handlers[4];
static void io_handler (int port) { (void) port; }
static void unrelated (int port) { (void) port; }
static inline unsigned long swap (unsigned long *p, unsigned long value)
{ asm volatile ("lock xchg %0, %1" : "+m" (*p), "+r" (value)); return value; }
void set (int i, io f) { swap ((unsigned long *) &handlers[i], (unsigned long) f); }
void setup (void) { set (0, io_handler); }
void run (int i) { handlers[i] (i); }
io keep = unrelated;
