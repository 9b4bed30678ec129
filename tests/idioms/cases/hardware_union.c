// hardware: unnamed halves array inner pointer
// edge: call -> whole indirect resolved
// assumed: call
typedef unsigned long word;
union pieces { word all; void (*f) (void); struct { unsigned short low, middle; unsigned high; } part;
	unsigned short parts[4]; struct { struct { unsigned low; } deep; }; };
union kept { void (*f) (void); unsigned number; } kept;
union open { struct { unsigned short l, m; unsigned h; }; word all; };
struct gate { unsigned short low; unsigned high; } idt[4];
static void halves (void) { }
static void unnamed (void) { }
static void array (void) { }
static void inner (void) { }
static void pointer (void) { }
static void whole (void) { }
void one (void) { union pieces p = { (word) halves }; idt[0].low = p.part.low; }
void two (union pieces *p) { p->all = (word) array; idt[1].low = p->parts[0]; }
void three (void) { union pieces p; p.f = inner; idt[1].high = p.deep.low; }
void four (void) { union pieces p; unsigned short x; p.f = pointer; x = p.parts[1]; idt[2].low = x; }
void five (void) { kept.f = whole; }
void six (void) { unsigned copy = kept.number; if (copy) return; }
void call (void) { kept.f (); }
void seven (void) { union open o; o.all = (word) unnamed; idt[3].low = o.l; }
