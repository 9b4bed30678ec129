// edge: use -> f indirect resolved
static void f (void) { }
static void fill (void (**table) (void)) { table[1] = f; }
static void (*table[3]) (void);
void setup (void) { fill (table); }
void use (int i) { table[i] (); }
