// edge: several -> first call exact
// edge: several -> second call exact
// edge: by_macro -> first call exact
// edge: inner -> second call exact
// edge: inner -> called indirect resolved
// no edge: plain -> second
typedef struct { void (*f) (void); } guard;
static void called (void) { }
static void first (guard *g) { (void) g; }
static void second (guard *g) { (void) g; }
#define AUTO(f) guard __attribute__ ((unused, __cleanup__ (f)))
void several (void) { guard g __attribute__ ((cleanup (first), cleanup (second))) = { 0 }; }
void by_macro (void) { for (AUTO (first) g = { 0 }; ; ) break; }
void inner (void) { int n = ({ AUTO (second) g = { called }; g.f (); 1; }); (void) n; }
void plain (void) { guard g = { 0 }; (void) g; }
// exact: inner run
// edge: run -> ran indirect resolved
// edge: through_address -> run call exact
// edge: of_header -> in_header call exact
// file: other.c
#include "guard.h"
static void ran (void) { }
static void run (void (**f) (void)) { (*f) (); }
void through_address (void) { void (*f) (void) __attribute__ ((cleanup (run))) = ran; (void) f; }
void of_header (void) { int n __attribute__ ((cleanup (in_header))) = 0; (void) n; }
// file: guard.h
static inline void in_header (int *n) { *n = 1; }
