// Code of assembly whose instructions look like text is code: nothing in text is relocated.
// roots: start
// edge: start -> catch_it call exact
// edge: catch_it -> caught asm exact
int catch_it (void *arg, void (*f) (void *));
void caught (void);
void caught (void) { }
static void run (void *arg) { (void) arg; }
void start (void) { catch_it (0, run); }
// file: catch.S
	.text
	.globl catch_it, text
catch_it:
	push %rbp
	push %rbx
	push %r12
	push $1f
	call *%rsi
	ret
1:
	jmp caught
text:
	.asciz "USATh"
