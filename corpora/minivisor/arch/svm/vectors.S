/* SPDX-License-Identifier: MIT */
/*
 * The hypervisor's own exceptions, APM2 8.2. None is expected: every vector
 * leads to one C function that reports it and does not return.
 */

	.text
	.balign	16
	.globl	trap_vectors
	.type	trap_vectors, @function
trap_vectors:
	.set	vector, 0
	.rept	32
	.balign	16
	/* 8, 10 to 14, 17, 21, 29, 30 push an error code; the others get 0. */
	.if !((0x60227D00 >> vector) & 1)
	pushq	$0
	.endif
	pushq	$vector
	jmp	trap_common
	.set	vector, vector + 1
	.endr
	.size	trap_vectors, . - trap_vectors

	.type	trap_common, @function
trap_common:
	movq	%rsp, %rdi /* struct trap_frame */
	andq	$-16, %rsp
	cld
	call	trap_report
1:	hlt
	jmp	1b
	.size	trap_common, . - trap_common

	.section .note.GNU-stack, "", @progbits
