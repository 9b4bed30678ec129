// edge: chosen -> t1 indirect resolved
// edge: choose -> t2 indirect resolved
// edge: deduced -> t3 indirect resolved
// edge: typed -> t4 indirect resolved
// edge: of_statement -> t5 call exact
// edge: after_comma -> t6 call exact
// edge: assigned -> t7 indirect resolved
// edge: dereferenced -> t8 call exact
// edge: of_literal -> t9 indirect resolved
// edge: of_nested_literal -> t10 indirect resolved
// edge: of_label -> t11 call exact
// edge: expected -> t12 indirect resolved
// edge: of_result -> t13 indirect resolved
// edge: by_offset -> t14 indirect resolved
// edge: by_offset_of_word -> t15 indirect resolved
// edge: of_list -> t16 indirect resolved
// edge: of_variable_length -> t17 indirect resolved
// edge: elvis -> t18 indirect resolved
// edge: extended -> t19 indirect resolved
// no edge: of_statement -> bad
// no edge: deduced -> bad
typedef void (*fn) (void);
#define DEFINE(n) static void n (void) { }
DEFINE (t1) DEFINE (t2) DEFINE (t3) DEFINE (t4) DEFINE (t5) DEFINE (t6) DEFINE (t7) DEFINE (t8) DEFINE (t9)
DEFINE (t10) DEFINE (t11) DEFINE (t12) DEFINE (t13) DEFINE (t14) DEFINE (t15) DEFINE (t16) DEFINE (t17) DEFINE (t18)
DEFINE (t19) DEFINE (bad)
struct s { int n; fn f; struct { fn g; } in; fn a[2]; };
void chosen (int x) { _Generic (x, int: t1, long: bad) (); }
void choose (void) { __builtin_choose_expr (1, t2, bad) (); }
void deduced (void) { __auto_type f = t3; f (); }
void typed (void) { __typeof__ (t4) *f = t4; f (); }
void of_statement (void) { ({ (void) &bad; t5; }) (); }
void after_comma (void) { (0, t6) (); }
void assigned (void) { fn f; (f = t7) (); }
void dereferenced (void) { (***t8) (); (&t8) (); }
void of_literal (void) { ((struct s) { .f = t9 }).f (); }
void of_nested_literal (void) { struct s *p = &(struct s) { .in = (__typeof__ (p->in)) { t10 } }; p->in.g (); }
void of_label (void) { static const void *l[] = { &&x, &&y }; goto *l[0]; x: t11 (); y: ; }
void expected (fn f) { f = t12; __builtin_expect_with_probability (1, 1, 0.5); if (f) f (); }
struct s make (void) { return (struct s) { .f = t13 }; }
void of_result (void) { make ().f (); }
struct r { int n; fn a; };
void by_offset (struct r *q) { *(fn *) ((char *) q + __builtin_offsetof (struct r, a)) = t14; q->a (); }
struct w { int n; fn a; };
void by_offset_of_word (struct w *q) { *(fn *) (8 + (unsigned long) q) = t15; q->a (); }
void of_list (int i) { ((fn[]) { bad, t16 })[i] (); }
void of_variable_length (int n) { fn v[n]; v[0] = t17; v[n - 1] (); }
void elvis (void) { fn f = t18 ?: bad; f (); }
void extended (void) { fn f = __extension__ (t19); f (); }
