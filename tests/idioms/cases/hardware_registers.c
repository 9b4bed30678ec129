// roots: start
// hardware: by_hand syscall exit_entry vectors trap riscv halves
// why hardware: syscall cut up into an operand of assembly
// why hardware: exit_entry handed to hardware by vmwrite
// why hardware: vectors handed to hardware by msr vbar_el2
typedef unsigned long word;
static void syscall (void) { }
static void exit_entry (void) { }
void vectors (void) { }
static void trap (void) { }
static void riscv (void) { }
static void halves (void) { }
static void other (void) { }
static void by_hand (void) { }
static unsigned short gate[2];
static inline void wrmsr (unsigned n, word v)
{ asm volatile ("rep; nop" : : "c" (n), "a" ((unsigned) v), "d" ((unsigned) (v >> 32))); }
static inline void wrmsr2 (unsigned n, unsigned low, unsigned high)
{ asm volatile ("wrmsr" : : "c" (n), "a" (low), "d" (high)); }
static inline void vmwrite (word field, word v)
{ asm volatile ("vmwrite %1, %0" : : "r" (field), "rm" (v)); }
struct table_pointer { unsigned short limit; word base; } __attribute__ ((packed));
static word table[4];
void start (void)
{
	struct table_pointer p = { sizeof table - 1, (word) table };
	wrmsr (0xC0000082, (word) syscall);
	wrmsr2 (0xC0000082, (word) halves, (word) halves >> 32);
	vmwrite (0x6C16, (word) exit_entry);
	asm volatile ("msr vbar_el2, %0" : : "r" (vectors));
	asm volatile ("csrw stvec, %0" : : "r" (riscv));
	table[0] = (word) trap;
	asm volatile ("lidt %0" : : "m" (p));
	asm volatile ("movw %w1, %0; shr $16, %1" : "=m" (gate) : "r" (by_hand));
	asm volatile ("mov %0, %%cr3" : : "r" ((word) other));
}
