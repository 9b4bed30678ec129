// Control that leaves a template through an operand, a register or the stack arrives at what the operands hold.
// edge: by_return -> pushed indirect resolved
// edge: by_register -> loaded indirect resolved
// edge: by_name -> named asm exact
// edge: by_immediate -> immediate asm exact
// edge: by_goto -> beside asm exact
// edge: by_dialect -> either indirect resolved
// edge: by_intel -> intel indirect resolved
// edge: by_member -> member indirect resolved
// edge: by_interrupt -> frame indirect resolved
// edge: by_arm -> arm indirect resolved
// edge: by_far -> far_target indirect resolved
// edge: by_argument -> takes indirect resolved
// edge: takes -> given indirect resolved
// edge: by_variable -> behind indirect assumed
// edge: by_data -> listed asm exact
// exact: by_immediate by_goto by_dialect by_member by_arm by_far by_argument takes
// assumed: by_variable by_return by_register by_intel by_interrupt
// unresolved: by_stranger by_number by_stack
// no edge: only_moves -> moved
typedef unsigned long word;
#define ASM asm volatile
void pushed (void) { } void loaded (void) { } void named (void) { } void immediate (void) { } void beside (void) { }
void either (void) { } void intel (void) { } void member (void) { } void frame (void) { } void arm (void) { }
void far_target (void) { } void given (void) { } void behind (void) { } void listed (void) { } void moved (void) { }
void takes (void (*f) (void)) { f (); }
struct ops { int n; void (*f) (void); };
void by_return (void) { ASM ("push %0; ret" : : "r" (pushed)); }
void by_register (void) { ASM ("mov %0, %%rax\n\tcall *%%rax" : : "r" (loaded) : "rax"); }
void by_name (void) { ASM ("call named # not call listed" : : : "memory"); }
void by_immediate (void) { ASM ("call %P[f]" : : [f] "i" (immediate)); }
void by_goto (void) { asm goto ("jmp %l[out]; call %c0" : : "i" (beside) : : out); out: ; }
void by_dialect (void) { ASM ("{call *%0|call %0}" : : "r" (either)); }
void by_intel (void) { ASM (".intel_syntax noprefix; mov rax, %0; call rax; .att_syntax" : : "r" (intel)); }
void by_member (struct ops *p) { p->f = member; ASM ("call *8(%0)" : : "r" (p)); }
void by_interrupt (void) { ASM ("push %0; push %1; push %2; iretq" : : "r" (0UL), "r" (8UL), "r" ((word) frame)); }
void by_arm (void) { ASM ("blr %0" : : "r" (arm)); }
void by_far (void) { struct { word at; short segment; } p = { (word) far_target, 8 }; ASM ("ljmp *%0" : : "m" (p)); }
void by_argument (void) { ASM ("call *%0" : : "r" (takes), "D" (given)); }
void (*hook) (void) = behind;
void by_variable (void) { ASM ("call *hook(%rip)"); }
void by_data (void) { ASM (".pushsection .calls; .quad %c0; .popsection" : : "i" (listed)); }
void by_stranger (void) { ASM ("call *%%rbx" : : : "memory"); }
void by_number (word at) { ASM ("jmp *%0" : : "r" (at)); }
void by_stack (word sp) { ASM ("mov %0, %%rsp; ret" : : "r" (sp)); }
void only_moves (word *p) { ASM ("mov %1, %0" : "=m" (*p) : "r" (moved)); }
void local_label (void) { ASM ("jmp 1f; 1: iretq"); }
