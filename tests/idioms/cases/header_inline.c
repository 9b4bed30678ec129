// edge: first -> both call exact
// edge: second -> both call exact
// edge: both -> helper call exact
// edge: both -> one indirect resolved
// edge: both -> two indirect resolved
#include "both.h"
static void one (void) { }
void first (void) { both (one); }
// file: second.c
#include "both.h"
static void two (void) { }
void second (void) { both (two); }
void helper (void) { }
// file: both.h
void helper (void);
static inline void both (void (*f) (void)) { helper (); f (); }
