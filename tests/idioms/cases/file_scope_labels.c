// Labels of file-scope assembly that C declares: they are of this unit, exported or not.
// roots: start
// edge: start -> stub_1 call exact
// edge: stub_1 -> common asm exact
// edge: start -> shared call exact
// edge: gate_entry -> at_gate asm exact
// reached: stub_1 common shared behind
// not reached: stub_2
// hardware: gate_entry
struct gate { unsigned short low, middle; unsigned high; } gate;
#define STUB(n) void stub_##n (void); asm ("stub_" #n ": jmp common")
STUB (1);
STUB (2);
void shared (void);
asm (".globl shared\nshared: jmp behind");
void gate_entry (void);
asm ("gate_entry: jmp at_gate");
void common (void) { }
void behind (void) { }
void at_gate (void) { }
static void set (unsigned long address) { gate.low = address; gate.middle = address >> 16; }
void start (void) { stub_1 (); shared (); set ((unsigned long) gate_entry); }
