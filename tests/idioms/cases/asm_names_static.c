// Symbols of static functions and variables, known under their assembler names, wherever in the unit.
// reference: reads -> table address
// edge: by_label -> labelled asm exact
// edge: by_header -> in_header asm exact
// edge: by_alias -> hidden call exact
// edge: table -> listed init exact
#include "parts.h"
static void listed (void) { }
static void (*table[]) (void) __attribute__ ((used)) = { listed };
register unsigned long stack asm ("rsp");
static void labelled (void) asm ("label_of_it");
static void __attribute__ ((used)) labelled (void) { }
void reads (void) { asm ("lea table(%%rip), %%rax; mov %0, %%rbx" : : "r" (stack)); }
void by_label (void) { asm ("call label_of_it"); }
void by_header (void) { asm ("call in_header"); }
void by_alias (void) __attribute__ ((alias ("hidden")));
// file: parts.h
static void __attribute__ ((used)) in_header (void) { }
static void __attribute__ ((used)) hidden (void) { }
// gathered: table
