// The text of a statement counts wherever it is written.
// roots: hop paste pieces keyword twice nested unevaluated
// edge: hop -> second_stage indirect resolved
// edge: paste -> pasted asm exact
// edge: pieces -> joined asm exact
// edge: keyword -> hidden asm exact
// edge: twice -> first asm exact
// edge: twice -> second indirect resolved
// edge: nested -> within asm exact
// edge: nested -> outside indirect resolved
// edge: unevaluated -> counted asm exact
// reached: second_stage pasted joined hidden first second within outside counted
// no edge: nested -> hidden
#define HOP(sp, to) { asm volatile ("movq %0, %%rsp\n" "pushq %1\n" "jmpq *%2\n" : : "r" (sp), "rm" (16UL), "a" (to)); }
#define TEXT(x) #x
#define STRING(x) TEXT (x)
#define CALL "call "
#define CALLS(f) __asm__ volatile (CALL STRING (f) "\n\t" : : : "memory")
#define JOINED(a, b) CALLS (a##b)
#define CODE asm
#define PUT(x, y) ({ long r; asm ("mov %1, %0; call *%1" : "=r" (r) : "r" (x), "r" (y)); r; })
void second_stage (void) { } void pasted (void) { } void joined (void) { } void hidden (void) { }
void first (void) { } void second (void) { } void within (void) { } void outside (void) { } void counted (void) { }
void hop (unsigned long sp) { HOP (sp, second_stage); }
void paste (void) { JOINED (pas, ted); }
void pieces (void) { CALLS (joined); }
void keyword (void) { CODE ("call hidden" : : : "memory"); }
void twice (void) { CALLS (first); HOP (0UL, second); }
void nested (long n) { n = PUT (({ long q; asm ("call within" : "=r" (q)); q; }), outside); }
void unevaluated (int n) { n += sizeof (({ asm ("nop" : "+r" (n)); n; })); CALLS (counted); }
