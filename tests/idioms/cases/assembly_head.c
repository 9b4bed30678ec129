// roots: entry.S:resume
// edge: resume -> woken asm exact
// reached: woken
void woken (void);
void woken (void) { }
// file: entry.S
	.text
resume:
	call woken
	hlt
	.globl later
	.type later, @function
later:
	ret
	.data
trampoline:
	.byte 0xEA
	.long resume
