// Code that is copied elsewhere before it runs lies among data, with a table beside it.
// roots: start
// edge: start -> copied call exact
// edge: copied -> helper asm exact
// edge: start -> from_table indirect resolved
// reached: helper from_table
void copied (void);
void helper (void);
void helper (void) { }
void from_table (void);
void from_table (void) { }
extern void (*copied_table[1]) (void);
void start (void) { copied (); copied_table[0] (); }
// file: entry.S
	.data
	.globl copied_table
	.type copied_table, @object
	.size copied_table, 8
copied_table:	.quad from_table
	.globl copied
copied:
	mov $copied_table, %edi
	call helper
	ret
number:	.long 7
