// reference: writer -> counter write
// reference: both -> counter read
// reference: both -> counter write
// reference: escape -> table address
// reference: element -> table read
// reference: store -> table write
// reference: field -> record write
// reference: constant -> table read
// reference: ops -> writer init
static int counter, table[4];
static struct { int a, b[2]; } record;
void fill (int *p);
int sum (const int *p);
void writer (void) { counter = 1; }
int both (void) { return counter++; }
void escape (void) { fill (table); }
int element (int i) { return table[i]; }
void store (int i) { table[i] = i; }
void field (void) { record.b[1] = 2; }
int constant (void) { return sum (table); }
void (*ops) (void) = writer;
