/*
 * The run loop, APM2 15.5: guest state in, VMRUN, guest state out, and C on
 * every exit. VMRUN keeps RAX, RSP, RIP, RFLAGS and what VMSAVE does not; the
 * other general registers are ours to switch.
 */

	.text
	.globl	svm_run_loop
	.type	svm_run_loop, @function
svm_run_loop:
	pushq	%rbx
	pushq	%rbp
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	pushq	%rdi
next:
	movq	(%rsp), %rdi
	clgi
	movq	0x08(%rdi), %rax
	vmsave	%rax
	movq	0x10(%rdi), %rbx
	movq	0x18(%rdi), %rcx
	movq	0x20(%rdi), %rdx
	movq	0x28(%rdi), %rsi
	movq	0x38(%rdi), %rbp
	movq	0x40(%rdi), %r8
	movq	0x48(%rdi), %r9
	movq	0x50(%rdi), %r10
	movq	0x58(%rdi), %r11
	movq	0x60(%rdi), %r12
	movq	0x68(%rdi), %r13
	movq	0x70(%rdi), %r14
	movq	0x78(%rdi), %r15
	movq	(%rdi), %rax
	movq	0x30(%rdi), %rdi
	vmload	%rax
	vmrun	%rax
	vmsave	%rax
	pushq	%rdi
	movq	8(%rsp), %rdi
	movq	%rbx, 0x10(%rdi)
	movq	%rcx, 0x18(%rdi)
	movq	%rdx, 0x20(%rdi)
	movq	%rsi, 0x28(%rdi)
	popq	%rax
	movq	%rax, 0x30(%rdi)
	movq	%rbp, 0x38(%rdi)
	movq	%r8, 0x40(%rdi)
	movq	%r9, 0x48(%rdi)
	movq	%r10, 0x50(%rdi)
	movq	%r11, 0x58(%rdi)
	movq	%r12, 0x60(%rdi)
	movq	%r13, 0x68(%rdi)
	movq	%r14, 0x70(%rdi)
	movq	%r15, 0x78(%rdi)
	movq	0x08(%rdi), %rax
	vmload	%rax
	stgi
	cld
	call	svm_vmexit
	testl	%eax, %eax
	jz	next
	popq	%rdi
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbp
	popq	%rbx
	ret
	.size	svm_run_loop, . - svm_run_loop

	.section .note.GNU-stack, "", @progbits
