// tentative definitions leave with the definition of their variable
// units: main.c other.c
// preprocess: [moved]
// cuts: [{caller: "*", callee: moved, policy: stub, expression: "7", reason: known}]
static int twice;
static int alone, twice;
static int twice = 4;
int open_ended[];
int kept, global;
int global;
extern int global;
int open_ended[4];

int
moved (void)
{
	open_ended[1] = 3;
	return twice++ + alone++ + global++;
}

int
main (void)
{
	return moved () + kept;
}
// file other.c
/* Of -fcommon: one object of all units that say it. */
__attribute__ ((common)) int global;

int
other (void)
{
	return 1;
}
// === thin
int kept;
extern int global;

int
moved (void)
{
	/* tcbsplit: moved runs in the preprocessing guest; cut: stub.
	   known */
	return 7;
}

int
main (void)
{
	return moved () + kept;
}
// === file other.c
/* Of -fcommon: one object of all units that say it. */

int
other (void)
{
	return 1;
}
