// edge: start -> callee call exact
// no edge: start -> strnlen
static int callee (const char *s) { return s[0]; }
int start (const char *s) { return (int) __builtin_strnlen (s, 4) + callee (s) + __builtin_expect (s[0], 1); }
