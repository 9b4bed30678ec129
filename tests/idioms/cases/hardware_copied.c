// hardware: copied punned halved seen
// edge: run -> kept indirect resolved
typedef unsigned long word;
typedef unsigned short u16;
struct gate { u16 low, middle; unsigned high; } idt[4];
struct halves { unsigned low, high; };
struct table { void (*f) (void); } a, b;
void *memcpy (void *, const void *, unsigned long);
static void copied (void) { }
static void punned (void) { }
static void halved (void) { }
static void seen (void) { }
static void kept (void) { }
void one (void) { word x = (word) copied; memcpy (&idt[0].low, &x, 2); }
void two (void) { word x = (word) punned; idt[1].low = ((u16 *) &x)[0]; idt[1].middle = *(u16 *) &x; }
void three (void) { word x = (word) halved; struct halves *h = (struct halves *) &x; idt[2].high = h->high; }
void four (void) { void (*f) (void) = seen; u16 *p = (u16 *) &f; int i; for (i = 0; i < 4; i++) *(&idt[3].low + i) = p[i]; }
void five (void) { a.f = kept; memcpy (&b, &a, sizeof a); }
void run (void) { b.f (); }
