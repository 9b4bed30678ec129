/* SPDX-License-Identifier: MIT */
/*
 * The header that makes a flat image a UEFI application, and its entry.
 * Microsoft PE/COFF specification, 2.3 (DOS stub), 3.3 (file header), 3.4
 * (optional header), 4 (sections); UEFI Specification 2.10, 2.1.1 and 2.3.4.
 * The image runs at its link address: it has no relocations, and firmware that
 * cannot provide that memory refuses to start it.
 */

	.set	X64, 0x8664
	.set	RELOCATIONS_STRIPPED, 0x0001
	.set	EXECUTABLE, 0x0002
	.set	LARGE_ADDRESSES, 0x0020
	.set	PE32_PLUS, 0x20B
	.set	EFI_APPLICATION, 10
	.set	CODE, 0x60000020 /* readable, executable, holds code */
	.set	DATA, 0xC0000040 /* readable, writable, holds data */
	.set	PAGE, 4096

	.section .efi, "a"
header:
	.ascii	"MZ"
	.skip	58
	.long	pe - header
	.balign	8
pe:	.ascii	"PE\0\0"
	.word	X64, 2 /* sections */
	.long	0, 0, 0
	.word	sections - optional
	.word	RELOCATIONS_STRIPPED | EXECUTABLE | LARGE_ADDRESSES
optional:
	.word	PE32_PLUS, 0
	.long	__efi_text_size, __efi_data_size, __efi_bss_size
	.long	__efi_entry, PAGE /* entry, first code */
	.quad	__efi_base
	.long	PAGE, PAGE /* alignment in memory, in the file */
	.word	0, 0, 0, 0, 0, 0
	.long	0, __efi_size, PAGE, 0
	.word	EFI_APPLICATION, 0
	.quad	0x10000, 0x10000, 0x10000, 0x10000 /* stack, heap */
	.long	0, 6
	.skip	6 * 8 /* no data directories */
sections:
	.ascii	".text\0\0\0"
	.long	__efi_text_size, PAGE, __efi_text_size, PAGE, 0, 0, 0, CODE
	.ascii	".data\0\0\0"
	.long	__efi_data_memory, __efi_data, __efi_data_size, __efi_data, 0, 0, 0, DATA

	/*
	 * rcx: the image's handle, rdx: the system table, rsp: the firmware's
	 * stack. The guest ends by the service Exit: it preserves no registers.
	 */
	.section .text.start, "ax"
	.globl	tcbsplit_efi_start
	.type	tcbsplit_efi_start, @function
tcbsplit_efi_start:
	cld
	andq	$-16, %rsp
	movq	%rcx, boot
	movq	%rdx, boot + 8
	movl	$boot, %edi
	xorl	%ebp, %ebp
	call	tcbsplit_guest_main
1:	hlt
	jmp	1b
	.size	tcbsplit_efi_start, . - tcbsplit_efi_start

	.bss
	.balign	8
boot:	.skip	16 /* struct tcbsplit_efi_boot */

	.section .note.GNU-stack, "", @progbits
