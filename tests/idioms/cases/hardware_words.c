// hardware: k f g h i j
// why hardware: f cut up into idt
// why hardware: g cut up into struct descriptor.raw
typedef unsigned long long u64;
u64 idt[8];
struct descriptor { u64 raw[2]; } gates[4];
static void f (void) { }
static void g (void) { }
static void h (void) { }
static void i (void) { }
static void j (void) { }
static u64 low_of (u64 a) { return (a & 0xFFFF) | (a & 0xFFFF0000) << 32 | 0x8E00ULL << 32; }
static void raw (int n, u64 value) { idt[n] = value; }
void one (void) { u64 a = (u64) f; idt[0] = (a & 0xFFFF) | (a >> 16 & 0xFFFF) << 48; }
void two (void) { u64 a = (u64) g, d = 0; d |= a & 0xFFFF; d |= a % 65536; gates[0].raw[0] = d; }
void three (void) { u64 a = (u64) h; raw (1, a / 65536); }
void four (void) { idt[2] = low_of ((u64) i); }
void five (void) { u64 d = (unsigned short) (u64) j; d += 1ULL << 47; *(idt + 4) = d; }
static void k (void) { }
struct words { unsigned a, b; } words[2];
void six (void) { u64 a = (u64) k; *(u64 *) &words[0] = (a & 0xFFFF) | 8 << 16; ((unsigned *) &words[1])[1] = a; }
