/* SPDX-License-Identifier: MIT */
/* Multiboot entry of a guest: 32-bit flat protected mode, then C. */

	.set	HEADER_MAGIC, 0x1BADB002
	.set	HEADER_FLAGS, 0x00000003 /* aligned modules, memory fields */

	.section .multiboot, "a"
	.balign	4
	.long	HEADER_MAGIC, HEADER_FLAGS, -(HEADER_MAGIC + HEADER_FLAGS)

	.text
	.globl	guest_start
	.type	guest_start, @function
guest_start:
	cli
	cld
	movl	$guest_stack_end, %esp
	lgdt	guest_gdt_pointer
	ljmp	$8, $1f
1:	movl	$16, %ecx
	movl	%ecx, %ds
	movl	%ecx, %es
	movl	%ecx, %fs
	movl	%ecx, %gs
	movl	%ecx, %ss
	xorl	%ebp, %ebp
	subl	$8, %esp /* two arguments end at a multiple of 16 */
	pushl	%ebx
	pushl	%eax
	call	guest_main
2:	cli
	hlt
	jmp	2b
	.size	guest_start, . - guest_start

	.section .rodata
	.balign	8
guest_gdt:
	.quad	0
	.quad	0x00CF9A000000FFFF /* 32-bit code */
	.quad	0x00CF92000000FFFF /* data */
guest_gdt_pointer:
	.word	. - guest_gdt - 1
	.long	guest_gdt

	.bss
	.balign	4096
guest_stack:
	.skip	16384
guest_stack_end:

	.section .note.GNU-stack, "", @progbits
