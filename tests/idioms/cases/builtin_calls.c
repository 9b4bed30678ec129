// A builtin may become a call of the library function that the program defines.
// roots: copy checked through macro
// edge: copied -> memcpy call exact
// edge: checked -> memcpy call exact
// edge: through -> bsearch_like call exact
// edge: macro -> strlen call exact
// reached: memcpy strlen abort
// not reached: memset
typedef unsigned long size;
void *memcpy (void *to, const void *from, size n) { char *t = to; const char *f = from; while (n--) *t++ = *f++; return to; }
size strlen (const char *s) { size n = 0; while (s[n]) n++; return n; }
void *memset (void *p, int c, size n) { (void) c; (void) n; return p; }
void abort (void) { for (;;) ; }
void bsearch_like (void) { }
#define length(s) __builtin_strlen (s)
static inline void *copied (void *to, const void *from, size n) { return __builtin_memcpy (to, from, n); }
void *copy (void *to, const void *from, size n) { return copied (to, from, n); }
void *checked (void *to, const void *from, size n) { return __builtin___memcpy_chk (to, from, n, 8); }
void through (void) { bsearch_like (); __builtin_abort (); }
size macro (const char *s) { return length (s); }
