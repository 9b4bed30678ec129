// A statement whose only instruction is a call passes what is in the registers of arguments; other registers hold nothing.
// edge: caller -> target indirect resolved
// edge: target -> given indirect resolved
// edge: user -> result indirect resolved
// no edge: user -> given
// exact: caller target user
// assumed: other
typedef void call (void);
static void given (void) { }
static void result (void) { }
static call *target (call *f) { f (); return result; }
static call *(*table) (call *) = target;
static call *other_call;
call *caller (void)
{
  register call *a1 asm ("rdi") = given;
  register call *a2 asm ("rsi");
  call *value;
  asm volatile ("1: call *%c[at](%%rip)\n\t.pushsection .sites, \"a\"\n\t.long 1b - .\n\t.popsection"
                : "+r" (a1), "=r" (a2), "=a" (value) : [at] "i" (&table), "g" (table) : "memory");
  other_call = a2;
  return value;
}
void other (void) { other_call (); }
void user (void) { caller () (); }
