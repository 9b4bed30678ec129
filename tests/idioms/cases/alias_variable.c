// A variable of several names is one object.
// writes: write v:object
// reads: read v:object
// writes: write_third v:object
// writes: write_record v:record
// writes: write_record m:struct r.n
int object;
extern int other __attribute__ ((alias ("object")));
extern int third __attribute__ ((alias ("other")));
struct r { int n; } record;
extern struct r same __attribute__ ((alias ("record")));
void write (void) { other = 1; }
void write_third (void) { third++; }
int read (void) { return object; }
void write_record (void) { same.n = 1; }
