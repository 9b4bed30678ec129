// edge: use -> takes_enum indirect assumed
// edge: use -> takes_unsigned indirect assumed
// no edge: use -> takes_pointer
enum color { RED, GREEN };
extern void (*given) (int);
static void takes_enum (enum color c) { (void) c; }
static void takes_unsigned (unsigned int c) { (void) c; }
static void takes_pointer (char *c) { (void) c; }
void use (void) { given (1); }
void (*keep) (enum color) = takes_enum;
void (*keep2) (unsigned int) = takes_unsigned;
void (*keep3) (char *) = takes_pointer;
