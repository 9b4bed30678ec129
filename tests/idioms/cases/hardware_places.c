// hardware: by_macro second elided indexed expected callee
// why hardware: by_macro handed to hardware by wrmsr
// why hardware: elided cut up into struct gate.low
// roots: start
typedef unsigned long word;
#define WRITE(reg, lo, hi) asm volatile ("wrmsr" : : "c" (reg), "a" (lo), "d" (hi))
struct gate { word low : 32, high : 32; };
struct pair { struct gate gates[2]; int n; };
static void by_macro (void) { }
static void first (void) { }
static void second (void) { }
static void elided (void) { }
static void indexed (void) { }
static void expected (void) { }
static void callee (void) { }
extern unsigned kept;
static void store (word a) { kept = (unsigned) a; }
void start (word n)
{
  WRITE (1, (word) by_macro, (word) by_macro >> 32);
  asm volatile ("nop" : : "r" (first));
  word table = (word) second;
  asm volatile ("lidt %0" : : "m" (table));
  struct pair p = { (word) elided, 1, (word) elided, 2, 3 };
  struct pair q = { .gates[1].high = (word) indexed >> 32 };
  kept = __builtin_expect ((unsigned) ((word) expected >> 16), 0);
  ({ n++; store; }) ((word) callee >> 4);
  asm volatile ("" : : "m" (p), "m" (q));
}
