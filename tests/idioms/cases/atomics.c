// edge: store_n -> t1 indirect resolved
// edge: exchange -> t2 indirect resolved
// edge: load -> t3 indirect resolved
// edge: load_n -> t4 indirect resolved
// edge: lock -> t5 indirect resolved
// edge: compare -> t6 indirect resolved
// edge: c11 -> t7 indirect resolved
// edge: by_pointer -> t8 indirect resolved
// exact: store_n exchange load load_n lock compare c11 by_pointer
typedef void (*fn) (void);
static void t1 (void) { } static void t2 (void) { } static void t3 (void) { } static void t4 (void) { }
static void t5 (void) { } static void t6 (void) { } static void t7 (void) { } static void t8 (void) { }
static fn s3, s4, s5, s6; static _Atomic (fn) s7; static struct { int n; fn f; } s8;
void store_n (void) { fn f; __atomic_store_n (&f, t1, 5); f (); }
void exchange (void) { fn f, g = t2; __atomic_exchange (&f, &g, &g, 5); f (); }
void fill (void) { fn g = t3; __atomic_store (&s3, &g, 5); __atomic_exchange_n (&s4, t4, 5); }
void load (void) { fn f; __atomic_load (&s3, &f, 5); f (); }
void load_n (void) { __atomic_load_n (&s4, 5) (); }
void lock (void) { __sync_lock_test_and_set (&s5, t5); s5 (); }
void compare (void) { fn f = 0; __atomic_compare_exchange_n (&s6, &f, t6, 0, 5, 5); s6 (); }
void c11 (void) { __c11_atomic_store (&s7, t7, 5); s7 (); }
static void set (fn *p, fn f) { __sync_bool_compare_and_swap (p, 0, f); }
void by_pointer (void) { set (&s8.f, t8); s8.f (); }
