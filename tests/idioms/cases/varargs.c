// edge: run_all -> one indirect resolved
// edge: run_all -> two indirect resolved
#include <stdarg.h>
typedef void (*code) (void);
static void one (void) { }
static void two (void) { }
void run_all (int count, ...) { va_list a; va_start (a, count); while (count--) { code f = va_arg (a, code); f (); } va_end (a); }
void start (void) { run_all (2, one, two); }
