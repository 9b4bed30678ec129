// roots: start
// edge: start -> by_set call exact
// edge: by_set -> target call exact
// edge: label -> target asm exact
// reached: target
// edge: asm@13 -> listed asm exact
#define TEXT(x) #x
#define NAMES(f) ".quad " TEXT (f) "\n"
void by_set (void);
void target (void) { }
void listed (void) { }
asm (".globl by_set\n.set by_set, target\n");
asm (".pushsection .table, \"a\"\n" NAMES (listed) ".popsection");
asm (".globl label\nlabel: jmp " TEXT (target) "\n");
void start (void) { by_set (); }
// gathered: asm@13
