// roots: start
// bridge: switch_stack -> thread_start
// reached: thread_start body
// edge: switch_stack -> thread_start asm exact
static void body (void) { }
void thread_start (void) { body (); }
void switch_stack (void *stack);
void start (void *stack) { switch_stack (stack); }
// file: switch.S
	.globl switch_stack
	.type switch_stack, @function
switch_stack:
	mov %rdi, %rsp
	ret
