// hardware: assigned shifted initialised
struct gate { unsigned long low : 16, rest : 32, high : 16; } idt[2];
static void assigned (void) { }
static void shifted (void) { }
static void initialised (void) { }
void one (void) { unsigned long a = (unsigned long) assigned; idt[0].low = a; }
void also (void) { idt[0].high = (unsigned long) shifted >> 16; }
void two (void) { struct gate g = { .low = (unsigned long) initialised }; idt[1] = g; }
