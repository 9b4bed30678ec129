// Attributes and assembler names of what a body, a parameter or an initialiser declares are not the function's.
// roots: start
// reached: start two real_name inner
// not reached: one three kept
// edge: start -> two call exact
// edge: start -> real_name call exact
// no edge: one -> inner
void inner (void) { }
__attribute__ ((unused)) int one (int x) { register int r asm ("rdi") = x; asm volatile ("" : "+r" (r)); return r; }
__attribute__ ((noinline, annotate ("__attribute__((alias(\"one\")))")))
int two (int x __attribute__ ((unused))) { register int r asm ("rdi") = x; asm volatile ("" : "+r" (r)); inner (); return r; }
int three (int x) __attribute__ ((noinline));
int three (int x) { register int r asm ("rdi") = x; int y __attribute__ ((unused, aligned (16))) = r; return y; }
__attribute__ ((section (".init.text,(a)"))) void kept (void) { }
void shown (void (*f) (int x __attribute__ ((unused))), ...) __asm__ ("real_name") __attribute__ ((noinline));
void shown (void (*f) (int), ...) { (void) f; inner (); }
void start (void) { two (1); shown (0); }
// Attributes of an earlier declaration hold for the definition.
// file: earlier.c
void weak_before (void) __attribute__ ((weak));
void weak_before (void);
void between (void);
void between (void) __attribute__ ((weak, unused));
void between (void);
void weak_before (void) { between (); }
void lost (void) { }
void between (void) { lost (); }
extern int labelled (int) __asm__ ("by_label");
int call_labelled (void) { return labelled (1); }
// edge: call_labelled -> by_label call exact
// no edge: between -> lost
// edge: weak_before -> strong_one call exact
// file: strong.c
int by_label (int n) { return n; }
void strong_one (void) { }
void between (void) { }
void weak_before (void) { strong_one (); }
