// edge: call -> printed indirect resolved
// assumed: moved
typedef unsigned long word;
typedef void (*code) (void);
int printf (const char *, ...);
static void printed (void) { }
static void compared (void) { }
static void hashed (void) { }
static void hashed_in_place (void) { }
static void found (void) { }
static void aligned (void) { }
static void difference (void) { }
static void tested (void) { }
static void logged (void) { }
static void entered (void) { }
static void hashed_for_all (void) { }
static int buckets[64];
unsigned bucket_of (code f) { return (unsigned) ((word) f >> 4) % 64; }
void hash_for_all (void) { buckets[bucket_of (hashed_for_all)]++; }
static unsigned char screen[80];
typedef __builtin_va_list va_list;
static void put (int c) { screen[0] = c; }
static void (*output) (int) = put;
static void format (const char *text, va_list ap)
{
	word v = __builtin_va_arg (ap, word);
	for (; v; v >>= 4) { output (v); screen[1] = v & 15; }
}
static void log_text (const char *text, ...)
{ va_list ap; __builtin_va_start (ap, text); format (text, ap); __builtin_va_end (ap); }
void log_it (void) { log_text ("%p", logged); }
static int enter (void *f, word sp)
{ word ax; asm volatile ("jmp to_user" : "=a" (ax) : "d" (f), "c" (sp)); return ax; }
int user (void) { return enter (entered, 0); }
static unsigned bucket (word a) { unsigned h = a >> 4; return h % 64; }
static void count (unsigned n) { buckets[n & 63]++; }
static int same (unsigned a, unsigned b) { return a == b; }
static code table[4];
void print (void) { word a = (word) printed; printf ("%p %lx %x", printed, a >> 4, (unsigned) a); }
int compare (unsigned x) { return (unsigned) (word) compared == x || same ((word) compared, x); }
void hash (void) { buckets[bucket ((word) hashed)]++; count ((word) hashed >> 4); }
void hash_in_place (void) { word h = (word) hashed_in_place; h ^= h >> 7; h *= 31; buckets[h & 63] = 1; }
int find (void) { unsigned low = (word) found; int i; for (i = 0; i < 4; i++) if ((unsigned) (word) table[i] == low) return i; return -1; }
void move (word *to) { *to = (word) aligned & ~15UL; }
long subtract (char *base) { return (char *) difference - base; }
int test (void) { _Bool set = (word) tested; if ((unsigned) (word) tested) return 1; return set; }
void moved (word offset) { ((code) ((word) printed + offset)) (); }
void call (void) { table[0] = printed; table[1] (); }
