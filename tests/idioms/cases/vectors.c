// writes: element v:v
// not writes: reading v:v
// reads: reading v:v
// writes: step v:v
// writes: parts v:z
// writes: lane v:e
// writes: atomic v:a
// writes: fetch v:n
// edge: call_atomic -> held indirect resolved
// exact: call_atomic
typedef int four __attribute__ ((vector_size (16)));
four v; _Complex double z; _Atomic int a; long n;
four e[2];
_Atomic (void (*) (void)) slot;
static void held (void) { }
void element (int i) { v[i] = 3; }
int reading (int i) { return v[i]; }
void step (void) { v[1]++; }
void parts (void) { __real__ z = 1; }
void lane (int i) { e[1][i] = 2; }
void atomic (void) { a++; }
void fetch (void) { __sync_fetch_and_add (&n, 1); __atomic_store_n (&n, 1, 5); }
void set (void) { slot = held; }
void call_atomic (void) { slot (); }
