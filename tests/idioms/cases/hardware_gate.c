// roots: start
// hardware: isr
// why hardware: isr hardware_gate.c:16: cut up into struct gate.low
// edge: isr -> deep call exact
typedef unsigned long word;
typedef unsigned short u16;
typedef unsigned int u32;
struct gate { u16 low, selector, type, middle; u32 high, zero; } idt[4];

static void deep (void) { }
static void isr (void) { deep (); }
static void never (void) { }
static void set (int i, void (*f) (void))
{
	word a = (word) f;
	idt[i].low = (u16) a; idt[i].middle = (u16) (a >> 16); idt[i].high = (u32) (a >> 32);
}
void not_reached (void) { set (1, never); }
void start (void) { set (3, isr); asm volatile ("lidt %0" : : "m" (idt)); }
