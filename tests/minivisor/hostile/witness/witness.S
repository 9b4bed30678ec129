/* SPDX-License-Identifier: MIT */
/*
 * A target that does nothing, for who looks at it from outside. At its first
 * instruction it waits until somebody writes to `go`; then it notes registers
 * that only it can read, lets interrupts in for a while, and waits for good.
 */

	.set	MAGIC, 0x1BADB002
	.set	FLAGS, 3

	.section .multiboot, "a"
	.balign	4
	.long	MAGIC, FLAGS, -(MAGIC + FLAGS)

	.text
	.globl	guest_start
	.type	guest_start, @function
guest_start:
	cmpl	$0, go
	je	guest_start
	movl	$stack_end, %esp
	movl	$msrs, %esi
	movl	$record, %edi
1:	movl	(%esi), %ecx
	jecxz	2f
	rdmsr
	movl	%eax, (%edi)
	movl	%edx, 4(%edi)
	addl	$4, %esi
	addl	$8, %edi
	jmp	1b
2:	movl	$interrupt, %eax
	movw	%ax, gates
	shrl	$16, %eax
	movw	%ax, gates + 6
	movl	$gates, %esi
	movl	$gates + 8, %edi
	movl	$510, %ecx /* the same gate, 256 times */
	rep movsl
	lgdt	gdt_pointer
	ljmp	$8, $3f
3:	lidt	idt_pointer
	sti
	movl	$20000000, %ecx
4:	loop	4b
	cli
	movl	$1, done
5:	jmp	5b
	.size	guest_start, . - guest_start

interrupt:
	incl	interrupts
	iret

	.section .rodata
	.balign	8
msrs:	.long	0xC0000081, 0xC0000082, 0xC0000083, 0xC0000084
	.long	0xC0000102, 0x174, 0x175, 0x176, 0xC0000080, 0x277, 0
gdt:	.quad	0, 0x00CF9A000000FFFF, 0x00CF92000000FFFF
gdt_pointer:
	.word	. - gdt - 1
	.long	gdt
idt_pointer:
	.word	2047
	.long	gates

	.data
	.balign	8
	.globl	go, done, record, interrupts
go:	.long	0
done:	.long	0
interrupts:
	.long	0
gates:	.word	0, 8, 0x8E00, 0
	.skip	2040
record:	.skip	256

	.bss
	.balign	16
	.skip	4096
stack_end:

	.section .note.GNU-stack, "", @progbits
