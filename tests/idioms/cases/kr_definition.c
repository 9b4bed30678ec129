// flags: -std=gnu89
// edge: start -> old call exact
// edge: old -> callback indirect resolved
// edge: start -> old_table indirect resolved
int old (f, n) int (*f) (); int n; { return f (n); }
int callback (n) int n; { return n; }
int old_table (a, b) int a, b; { return a + b; }
int (*table[]) () = { old_table };
int start () { return old (callback, 1) + table[0] (1, 2); }
