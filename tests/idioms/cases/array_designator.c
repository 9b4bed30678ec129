// edge: f_index -> a indirect resolved
// edge: f_path -> b indirect resolved
// edge: f_range -> c indirect resolved
// edge: f_elided -> d indirect resolved
// edge: f_array -> e indirect resolved
// edge: f_union -> f indirect resolved
// edge: f_nested -> g indirect resolved
// edge: f_anonymous -> h indirect resolved
// edge: f_after -> i indirect resolved
// edge: f_old -> j indirect resolved
// edge: f_vector -> k indirect resolved
// no edge: f_path -> c
// no edge: f_after -> other
typedef void (*fn) (void);
typedef long pair __attribute__ ((vector_size (16)));
#define FIRST 0
enum { LAST = 2 };
static void a (void) { } static void b (void) { } static void c (void) { } static void d (void) { }
static void e (void) { } static void f (void) { } static void g (void) { } static void h (void) { }
static void i (void) { } static void j (void) { } static void k (void) { } static void other (void) { }
static struct index { int count; int kind[2]; fn f[4]; } index = { .count = 1, .kind[0] = 3, .f[1] = a, other };
void f_index (void) { index.f[1] (); }
static struct path { struct { int n; fn f, last; } m[3]; fn z; } path = { .m[1].f = b, other };
void f_path (void) { path.m[1].f (); path.m[1].last (); }
static struct range { struct { int n; fn f; } m[4]; } range = { .m = { [FIRST ... LAST] = { 1, c }, [3].f = other } };
void f_range (void) { range.m[0].f (); }
static struct elided { int n; struct { fn x[2]; fn y; } m; fn z; } elided = { 1, other, .m.x[1] = other, d, other };
void f_elided (void) { elided.m.y (); elided.z (); }
static fn array[2][3] = { [1][0] = other, e, [0] = { [2] = other } };
void f_array (void) { array[1][1] (); }
static struct { union { fn u; long l; } v[2]; fn z; } uni = { .v[1].u = other, f };
void f_union (void) { uni.z (); other (); uni.v[1].u (); }
// assumed: f_union
static struct deep { struct { struct { int n[2]; fn f; } q[2]; } p[2][2]; } deep = { .p[1][0].q[1].n[1] = 4, g };
void f_nested (void) { deep.p[1][0].q[1].f (); }
static struct { int n; struct { fn x; struct { fn y, z; }; }; int : 5; fn w; } anonymous = { .y = other, h, other };
void f_anonymous (void) { anonymous.z (); anonymous.w (); }
static struct after { int n; int : 3; fn f; char s[4]; fn g; } after[2] = { [0].n = 1, i, "abc", i, { 2, i, { 'x' }, i } };
void f_after (void) { after[1].g (); after[0].f (); }
static struct old { int n[3]; fn f; } old = { n: { [0] 1, 2 }, f: j };
void f_old (void) { old.f (); }
static struct vector { pair p; fn f; } vector[2] = { 1, 2, other, [1] = { .p = { 3 }, k } };
void f_vector (void) { vector[1].f (); }
