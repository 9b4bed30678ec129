// edge: start -> pick call exact
// edge: start -> a indirect resolved
typedef int (*code) (int);
static int a (int x) { return x; }
static code pick (int n) { return n ? a : 0; }
int start (int n) { code f; return (f = pick (n), f) (n) + pick (n) (n); }
