// edge: start -> for_int call exact
// no edge: start -> for_long
static int for_int (int x) { return x; }
static int for_long (long x) { return (int) x; }
#define twice(x) _Generic ((x), int: for_int, long: for_long) (x)
int start (int n) { return twice (n); }
int (*keep) (long) = for_long;
