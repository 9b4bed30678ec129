// unresolved: use
struct odd { int x; };
extern void (*nobody) (struct odd *, char);
void use (struct odd *o) { nobody (o, 'a'); }
