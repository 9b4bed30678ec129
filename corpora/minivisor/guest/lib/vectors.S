/* SPDX-License-Identifier: MIT */
/*
 * Exceptions, APM2 8.2: each ends the function that exception_try () called.
 * What the processor pushed is dropped with the rest of the stack.
 */

	.text
	.balign	16
	.globl	exception_vectors
	.type	exception_vectors, @function
exception_vectors:
	.set	vector, 0
	.rept	32
	.balign	16
	movl	$vector, %eax
	jmp	exception_return
	.set	vector, vector + 1
	.endr
	.size	exception_vectors, . - exception_vectors

/* int exception_run (void (*function) (void *data), void *data) */
	.globl	exception_run
	.type	exception_run, @function
exception_run:
	pushl	%ebp
	pushl	%ebx
	pushl	%esi
	pushl	%edi
	movl	20(%esp), %ecx
	movl	24(%esp), %eax
	movl	%esp, exception_stack
	subl	$12, %esp
	pushl	%eax
	call	*%ecx
	movl	$-1, %eax
exception_return:
	movl	exception_stack, %esp
	cld
	popl	%edi
	popl	%esi
	popl	%ebx
	popl	%ebp
	ret
	.size	exception_run, . - exception_run

	.bss
	.balign	4
exception_stack:
	.skip	4

	.section .note.GNU-stack, "", @progbits
