/* SPDX-License-Identifier: MIT */
/*
 * void user_call (void (*function) (void *data), void *data): privilege level
 * 3. What ends it is an exception, in the end that of INT 0x30, for which there
 * is no gate.
 */

	.text
	.globl	user_call
	.type	user_call, @function
user_call:
	pushl	8(%esp)
	pushl	8(%esp)
	movl	%esp, %eax
	pushl	%eax
	pushl	$enter
	call	exception_try
	addl	$16, %esp
	movl	$16, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %fs
	movl	%eax, %gs
	ret
	.size	user_call, . - user_call

	.type	enter, @function
enter:
	movl	4(%esp), %edx /* function, data */
	movl	$tss, %eax
	movw	%ax, gdt_tss + 2
	shrl	$16, %eax
	movb	%al, gdt_tss + 4
	movb	$0x89, gdt_tss + 5 /* available again */
	movb	%ah, gdt_tss + 7
	leal	-64(%esp), %eax
	movl	%eax, tss + 4
	movl	$16, tss + 8
	lgdt	user_gdt_pointer
	movl	$40, %eax
	ltr	%ax
	movl	$user_stack_end - 8, %eax
	movl	4(%edx), %ecx
	movl	%ecx, 4(%eax)
	movl	$1f, (%eax)
	movl	$0x23, %ecx
	movl	%ecx, %ds
	movl	%ecx, %es
	pushl	$0x23
	pushl	%eax
	pushl	$0x3002 /* IOPL 3: ports are asked for */
	pushl	$0x1B
	pushl	(%edx)
	iret
1:	int	$0x30
	.size	enter, . - enter

	.data
	.balign	8
user_gdt:
	.quad	0
	.quad	0x00CF9A000000FFFF
	.quad	0x00CF92000000FFFF
	.quad	0x00CFFA000000FFFF /* 0x1B: code */
	.quad	0x00CFF2000000FFFF /* 0x23: data */
gdt_tss:
	.quad	0x0000890000000067
user_gdt_pointer:
	.word	. - user_gdt - 1
	.long	user_gdt

	.bss
	.balign	16
tss:	.skip	104
	.skip	4096
user_stack_end:

	.section .note.GNU-stack, "", @progbits
