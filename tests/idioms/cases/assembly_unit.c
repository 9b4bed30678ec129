// roots: start
// edge: start -> vmexit_entry call exact
// edge: vmexit_entry -> vmexit asm exact
// edge: start -> from_table indirect resolved
// edge: vmexit -> given indirect assumed
// reached: vmexit from_table in_local
// edge: vmexit_entry -> in_local indirect assumed
void in_local (void) { }
// assumed: vmexit
void vmexit_entry (void);
static void given (void *p) { (void) p; }
extern void (*table[1]) (void);
void from_table (void) { }
void vmexit (void (*f) (void *)) { f (0); }
void (*keep) (void *);
void start (void) { keep = given; vmexit_entry (); table[0] (); }
// file: entry.S
	.text
	.globl vmexit_entry
	.type vmexit_entry, @function
vmexit_entry:
	lea local_table(%rip), %rax
	call *8(%rax)
	call vmexit
	ret
	.data
	.globl table
	.type table, @object
	.size table, 8
table:	.quad from_table
local_table:
	.quad 0, in_local
