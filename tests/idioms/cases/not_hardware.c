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
static int buckets[64];
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
