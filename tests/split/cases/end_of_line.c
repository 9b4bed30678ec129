// a definition at the end of a line that keeps another one
// preprocess: [moved]
int kept; static int gone; /* counts */
#define ONE 1
int kept_too; static int *gone_too = &gone;
int moved (void);
int moved (void) { return gone++ + *gone_too; } int last (void); int last (void) { return ONE; }
int main (void) { return kept + kept_too + last (); } static int helper (void) { return 0; } int entry (void); int entry (void) { return moved () + helper (); }
#define TWO 2
enum { N = TWO };
// === thin
int kept;
#define ONE 1
int kept_too;
int moved (void);
int last (void); int last (void) { return ONE; }
int main (void) { return kept + kept_too + last (); }  int entry (void);
#define TWO 2
enum { N = TWO };
