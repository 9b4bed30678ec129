// What is added to an address is an offset: nothing is stored in it, and it is no address.
// edge: use -> stored indirect resolved
// exact: use
// empty: use_offset use_index
typedef void call (void);
static void stored (void) { }
static call *table[4];
static unsigned long offset, index;
void set (void) { *(call **) ((unsigned long) &table[0] + offset) = stored; *(call **) (index + (char *) table) = stored; }
void use (void) { table[1] (); }
void use_offset (void) { call **p = (call **) &offset; (*p) (); }
void use_index (void) { call **p = (call **) &index; (*p) (); }
