// edge: run_io -> io_handler indirect resolved
// edge: run_message -> message_handler indirect resolved
// no edge: run_io -> message_handler
// no edge: run_message -> io_handler
typedef void (*handler) (int);
static handler io, message;
static void io_handler (int n) { (void) n; }
static void message_handler (int n) { (void) n; }
static inline unsigned long exchange (unsigned long *place, unsigned long value)
{ asm volatile ("xchg %0, %1" : "+m" (*place), "+r" (value)); return value; }
void set_io (handler f) { exchange ((unsigned long *) &io, (unsigned long) f); }
handler set_message (handler f) { return (handler) exchange ((unsigned long *) &message, (unsigned long) f); }
void setup (void) { set_io (io_handler); set_message (message_handler); }
void run_io (void) { io (1); }
void run_message (void) { message (1); }
