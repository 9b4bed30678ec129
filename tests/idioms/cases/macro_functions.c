// edge: start -> get_left call exact
// edge: get_left -> left call exact
// edge: start -> get_right call exact
// edge: get_right -> right call exact
static int left (void) { return 1; }
static int right (void) { return 2; }
#define GETTER(side) static int get_##side (void) { return side (); }
GETTER (left)
GETTER (right)
int start (void) { return get_left () + get_right (); }
