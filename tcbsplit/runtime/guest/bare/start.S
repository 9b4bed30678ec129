/* SPDX-License-Identifier: MIT */
/*
 * Entry of the preprocessing guest: switch from 32-bit flat protected mode to
 * 64-bit mode, then call C. Under multiboot eax is the magic number and ebx the
 * boot information; other loaders pass boot information in esi, as for Linux
 * (boot protocol, 32-bit entry).
 * AMD64 Architecture Programmer's Manual volume 2, 14.8 (long mode).
 */

	.set	MAGIC, 0x1BADB002
	.set	LOADED, 0x2BADB002
	.set	FLAGS, 0x00000003 /* page-aligned modules, memory map */

	.section .multiboot, "a"
	.balign	4
	.long	MAGIC, FLAGS, -(MAGIC + FLAGS)

	.section .text.start, "ax"
	.code32
	.globl	tcbsplit_start
	.type	tcbsplit_start, @function
tcbsplit_start:
	cli
	cld
	movl	$stack_end, %esp
	cmpl	$LOADED, %eax
	jne	1f
	movl	%ebx, %esi
1:
	/* Multiboot loaders clear .bss; other loaders may not. */
	movl	$__bss_start, %edi
	movl	$__bss_end, %ecx
	subl	%edi, %ecx
	xorl	%eax, %eax
	rep stosb
	/* Identity map of the first 4 GiB in 2 MiB pages (5.3.4). */
	movl	$pdpt + 7, pml4
	movl	$directories + 7, %eax
	movl	$pdpt, %edi
	movl	$4, %ecx
1:	movl	%eax, (%edi)
	addl	$8, %edi
	addl	$4096, %eax
	loop	1b
	movl	$0x87, %eax /* present, writable, user, large */
	movl	$directories, %edi
	movl	$2048, %ecx
2:	movl	%eax, (%edi)
	addl	$8, %edi
	addl	$0x200000, %eax
	loop	2b
	movl	$pml4, %eax
	movl	%eax, %cr3
	movl	%cr4, %eax
	orl	$0x20, %eax /* CR4.PAE */
	movl	%eax, %cr4
	movl	$0xC0000080, %ecx /* EFER */
	rdmsr
	orl	$0x100, %eax /* LME */
	wrmsr
	movl	%cr0, %eax
	orl	$0x80000001, %eax /* PG, PE */
	movl	%eax, %cr0
	lgdt	gdt_pointer
	ljmp	$8, $3f
	.code64
3:	movl	$16, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	movl	%esi, %edi
	xorl	%ebp, %ebp
	call	tcbsplit_guest_main
4:	hlt
	jmp	4b
	.size	tcbsplit_start, . - tcbsplit_start

	.section .rodata
	.balign	8
gdt:
	.quad	0
	.quad	0x00AF9A000000FFFF /* 64-bit code */
	.quad	0x00CF92000000FFFF /* data */
gdt_pointer:
	.word	. - gdt - 1
	.long	gdt

	.bss
	.balign	4096
pml4:	.skip	4096
pdpt:	.skip	4096
directories:
	.skip	4 * 4096
stack:
	.skip	65536
stack_end:

	.section .note.GNU-stack, "", @progbits
