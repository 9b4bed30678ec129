// Code whose address only stands in data without a label, such as a table of exceptions, may be entered at any time.
// roots: start
// unasked: fix boot runtime
// reached: start
// not reached: fix
// edge: fix -> crash asm exact
void start (void) { }
// file: v.S
	.text
	.globl guest
	.type guest, @function
guest:	mov (%rdi), %rax
1:	mov (%rax), %rax
	ret
	.size guest, . - guest
	.section .fixup, "ax"
	.globl fix
fix:	jmp crash
	.section .ex_table, "a"
	.long 1b - ., fix - .
	.text
crash:	hlt
	jmp crash
