/* SPDX-License-Identifier: MIT */
/*
 * Calls in 64-bit and compatibility mode (APM2 14.6, 14.8) from flat 32-bit
 * code without paging, and back. struct long_call holds the registers.
 */

	.set	RAX, 0
	.set	RBX, 8
	.set	RCX, 16
	.set	RDX, 24
	.set	RSI, 32
	.set	RDI, 40

	.macro	BEGIN name
	.globl	\name
	.type	\name, @function
\name:
	pushl	%ebp
	pushl	%ebx
	pushl	%esi
	pushl	%edi
	movl	20(%esp), %ebp
	movl	$1f, %esi
	jmp	long_enter
	.code64
1:	movl	%ebp, %ebp
	.endm

	.macro	END name
	movl	$2f, %esi
	jmp	long_leave
	.code32
2:	popl	%edi
	popl	%esi
	popl	%ebx
	popl	%ebp
	ret
	.size	\name, . - \name
	.endm

	.macro	LOAD
	movq	RAX(%rbp), %rax
	movq	RBX(%rbp), %rbx
	movq	RCX(%rbp), %rcx
	movq	RDX(%rbp), %rdx
	movq	RSI(%rbp), %rsi
	movq	RDI(%rbp), %rdi
	.endm

	.text
	.code32
	BEGIN	long_vmmcall
	LOAD
	vmmcall
	movq	%rax, RAX(%rbp)
	END	long_vmmcall

	.code32
	BEGIN	long_insb
	LOAD
	insb
	END	long_insb

	.code32
	BEGIN	long_cr8
	movl	$15, %eax
	movq	%rax, %cr8
	END	long_cr8

	.code32
	BEGIN	compat_vmmcall
	movl	$3f, %eax
	pushq	$8
	pushq	%rax
	LOAD
	lretq
	.code32
3:	vmmcall
	movl	%eax, RAX(%ebp)
	ljmp	$24, $4f
	.code64
4:	END	compat_vmmcall

	.code32
	.type	long_enter, @function
long_enter:
	movl	$pdpt + 7, pml4
	movl	$directories + 7, %eax
	movl	$pdpt, %edi
	movl	$4, %ecx
1:	movl	%eax, (%edi)
	addl	$8, %edi
	addl	$4096, %eax
	loop	1b
	movl	$0x87, %eax
	movl	$directories, %edi
	movl	$2048, %ecx
2:	movl	%eax, (%edi)
	addl	$8, %edi
	addl	$0x200000, %eax
	loop	2b
	movl	$pml4, %eax
	movl	%eax, %cr3
	movl	%cr4, %eax
	orl	$0x20, %eax
	movl	%eax, %cr4
	movl	$0xC0000080, %ecx
	rdmsr
	orl	$0x100, %eax
	wrmsr
	movl	%cr0, %eax
	orl	$0x80000001, %eax
	movl	%eax, %cr0
	lgdt	gdt_pointer
	ljmp	$24, $3f
	.code64
3:	movl	%esi, %esi
	jmp	*%rsi
	.size	long_enter, . - long_enter

	.type	long_leave, @function
long_leave:
	movl	$1f, %eax
	pushq	$8
	pushq	%rax
	lretq
	.code32
1:	movl	%cr0, %eax
	andl	$0x7FFFFFFF, %eax
	movl	%eax, %cr0
	movl	$0xC0000080, %ecx
	rdmsr
	andl	$~0x100, %eax
	wrmsr
	movl	%cr4, %eax
	andl	$~0x20, %eax
	movl	%eax, %cr4
	movl	$16, %eax
	movl	%eax, %ss
	movl	%eax, %ds
	movl	%eax, %es
	jmp	*%esi
	.size	long_leave, . - long_leave

	.section .rodata
	.balign	8
gdt:
	.quad	0
	.quad	0x00CF9A000000FFFF /* as the guest's own: 32-bit code, data */
	.quad	0x00CF92000000FFFF
	.quad	0x00AF9A000000FFFF /* 64-bit code */
gdt_pointer:
	.word	. - gdt - 1
	.long	gdt

	.bss
	.balign	4096
pml4:	.skip	4096
pdpt:	.skip	4096
directories:
	.skip	4 * 4096

	.section .note.GNU-stack, "", @progbits
