// A label that C declares as a record, a number or an array of them is data, wherever it stands; bytes may be code.
// roots: start
// edge: start -> stub indirect resolved
// no edge: start -> info
// no edge: start -> count
// no edge: start -> room
// edge: start -> stubs indirect resolved
// hardware: stub
typedef void call (void);
struct info { int a, b; };
extern struct info info;
extern unsigned short count;
extern unsigned short room[64];
extern char stubs[2][8];
extern char stub[];
unsigned short low[4];
void start (void)
{
	call *f = (call *) stub;
	f ();
	f = (call *) &info; f (); f = (call *) &count; f (); f = (call *) room; f (); f = (call *) stubs[1]; f ();
	low[0] = (unsigned long) stub; low[1] = (unsigned long) &info; low[2] = (unsigned long) &count;
	low[3] = (unsigned long) room;
}
// file: v.S
	.text
	.globl stub, info, count, room, stubs
stub:	nop
	ret
stubs:	nop
	ret
info:	.byte 1, 2, 3, 4
count:	.byte 1, 2
room:	.byte 1, 2
