/* Multiboot entry of a guest: a stack, its own segments, then C. */

	.section .multiboot, "a"
	.balign	4
	.long	0x1BADB002, 0, -0x1BADB002

	.text
	.globl	start
	.type	start, @function
start:
	cli
	cld
	movl	$stack_end, %esp
	lgdt	gdt_pointer
	ljmp	$8, $1f
1:	movl	$16, %ecx
	movl	%ecx, %ds
	movl	%ecx, %es
	movl	%ecx, %ss
	call	target_main
2:	hlt
	jmp	2b
	.size	start, . - start

	.section .rodata
	.balign	8
gdt:
	.quad	0
	.quad	0x00CF9A000000FFFF /* code */
	.quad	0x00CF92000000FFFF /* data */
gdt_pointer:
	.word	. - gdt - 1
	.long	gdt

	.bss
	.balign	16
	.skip	32768
stack_end:

	.section .note.GNU-stack, "", @progbits
