// hardware: elsewhere assigned initialised designated passed returned through local chosen compound plus byte
typedef unsigned long word;
typedef unsigned short u16;
typedef unsigned int u32;
struct gate { u16 low, selector, type, middle; u32 high, zero; } idt[4];

static void assigned (void) { }
static void initialised (void) { }
static void designated (void) { }
static void passed (void) { }
static void returned (void) { }
static void through (void) { }
static void local (void) { }
static void chosen (void) { }
static void compound (void) { }
static void plus (void) { }
static void byte (void) { }
static void elsewhere (void) { }
unsigned char bytes[8];
static u16 low (word a) { return a; }
static void put (u16 l, u32 h) { idt[1].low = l; idt[1].high = h; }
static void out (word a, u16 *l) { *l = a; }
void f1 (void) { word a = (word) assigned; idt[0].low = a; }
void f2 (void) { struct gate g = { (word) initialised, 8 }; idt[0] = g; }
void f3 (void) { idt[0] = (struct gate) { .zero = 0, .low = (word) designated }; }
void f4 (void) { word a = (word) passed; put (a, a >> 32); }
void f5 (void) { idt[0].low = low ((word) returned); }
void f6 (void) { u16 l; out ((word) through, &l); idt[0].low = l; }
void f7 (void) { u32 part = (word) local; u16 half; half = part; idt[2].low = half; }
void f8 (int x) { idt[0].low = x ? (word) chosen : 0; }
void f9 (void) { word a = (word) compound; a >>= 16; idt[0].middle |= a; }
void f10 (void) { word a = (word) plus + 16; a += 4; idt[0].low = a; }
void f11 (void) { word a = (word) byte; int i; for (i = 0; i < 8; i++) bytes[i] = a >> 8 * i; }
u16 part (word a) { return a >> 16; }
int f12 (void) { return part ((word) elsewhere) == 1; }
// file: other.c
unsigned short part (unsigned long);
extern unsigned short kept;
void f13 (void) { kept = part (0); }
