/* SPDX-License-Identifier: MIT */
/*
 * Multiboot entry: 32-bit flat protected mode, eax = magic, ebx = information.
 * Builds the identity map and goes to 64-bit mode (APM2 14.8), then to C.
 */

	.set	HEADER_MAGIC, 0x1BADB002
	.set	HEADER_FLAGS, 0x00000003 /* aligned modules, memory fields */

	.section .multiboot, "a"
	.balign	4
	.long	HEADER_MAGIC, HEADER_FLAGS, -(HEADER_MAGIC + HEADER_FLAGS)

	.section .text.boot, "ax"
	.code32
	.globl	entry
	.type	entry, @function
entry:
	cli
	cld
	movl	$boot_stack_end, %esp
	movl	%eax, %ebp
	movl	%ebx, %esi
	/* Identity map of 4 GiB in 2 MiB pages (APM2 5.3.4). */
	movl	$boot_pdpt + 7, boot_pml4
	movl	$boot_directories + 7, %eax
	movl	$boot_pdpt, %edi
	movl	$4, %ecx
1:	movl	%eax, (%edi)
	addl	$8, %edi
	addl	$4096, %eax
	loop	1b
	movl	$0x87, %eax /* present, writable, user, large */
	movl	$boot_directories, %edi
	movl	$2048, %ecx
2:	movl	%eax, (%edi)
	addl	$8, %edi
	addl	$0x200000, %eax
	loop	2b
	movl	$boot_pml4, %eax
	movl	%eax, %cr3
	movl	%cr4, %eax
	orl	$0x20, %eax /* PAE */
	movl	%eax, %cr4
	movl	$0xC0000080, %ecx /* EFER */
	rdmsr
	orl	$0x100, %eax /* LME */
	wrmsr
	movl	%cr0, %eax
	orl	$0x80000001, %eax /* PG, PE */
	movl	%eax, %cr0
	lgdt	boot_gdt_pointer
	ljmp	$8, $entry64
	.size	entry, . - entry

	.code64
	.type	entry64, @function
entry64:
	movl	$16, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %fs
	movl	%eax, %gs
	movl	%eax, %ss
	movl	%ebp, %edi
	movl	%esi, %esi /* the upper halves become zero */
	xorl	%ebp, %ebp
	call	hv_main
1:	cli
	hlt
	jmp	1b
	.size	entry64, . - entry64

	.section .rodata
	.balign	8
boot_gdt:
	.quad	0
	.quad	0x00AF9A000000FFFF /* 64-bit code */
	.quad	0x00CF92000000FFFF /* data */
boot_gdt_pointer:
	.word	. - boot_gdt - 1
	.long	boot_gdt

	.bss
	.balign	4096
boot_pml4:
	.skip	4096
boot_pdpt:
	.skip	4096
boot_directories:
	.skip	4 * 4096
boot_stack:
	.skip	65536
boot_stack_end:

	.section .note.GNU-stack, "", @progbits
