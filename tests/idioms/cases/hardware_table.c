// roots: start
// hardware: one two
typedef unsigned long word;
typedef unsigned short u16;
typedef unsigned int u32;
struct gate { u16 low, selector, type, middle; u32 high, zero; } idt[4];

static void one (void) { }
static void two (void) { }
static void three (void) { }
static void (*const handlers[]) (void) = { one, two };
static void (*const others[]) (void) = { three };
static void set (struct gate *g, const void *handler)
{ word a = (word) handler; g->low = a & 0xFFFF; g->middle = a >> 16 & 0xFFFF; g->high = a >> 32; }
static u32 base;
void start (void)
{
	unsigned i;
	for (i = 0; i < 2; i++) set (&idt[i], handlers[i]);
	base = (u32) (word) others;	/* the address of data */
}
