/* SPDX-License-Identifier: MIT */
/*
 * The run loop, APM2 15.5: guest state in, VMRUN, guest state out, and C on
 * every exit. VMRUN keeps RAX, RSP, RIP, RFLAGS and what VMSAVE does not; the
 * other general registers are ours to switch.
 */

#include "arch/svm/vcpu_words.h"

	/* Offsets in struct svm_vcpu. */
	.set	at, 0
#define WORD(name) .set VCPU_##name, at; .set at, at + 8;
	SVM_VCPU_WORDS (WORD)
#undef WORD

	.text
	.globl	svm_run_loop
	.type	svm_run_loop, @function
svm_run_loop:
	pushq	%rbx
	pushq	%rbp
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	pushq	%rdi
next:
	movq	(%rsp), %rdi
	clgi
	movq	VCPU_host_vmcb_address(%rdi), %rax
	vmsave	%rax
	movq	VCPU_rbx(%rdi), %rbx
	movq	VCPU_rcx(%rdi), %rcx
	movq	VCPU_rdx(%rdi), %rdx
	movq	VCPU_rsi(%rdi), %rsi
	movq	VCPU_rbp(%rdi), %rbp
	movq	VCPU_r8(%rdi), %r8
	movq	VCPU_r9(%rdi), %r9
	movq	VCPU_r10(%rdi), %r10
	movq	VCPU_r11(%rdi), %r11
	movq	VCPU_r12(%rdi), %r12
	movq	VCPU_r13(%rdi), %r13
	movq	VCPU_r14(%rdi), %r14
	movq	VCPU_r15(%rdi), %r15
	movq	VCPU_vmcb_address(%rdi), %rax
	movq	VCPU_rdi(%rdi), %rdi
	vmload	%rax
	vmrun	%rax
	vmsave	%rax
	pushq	%rdi
	movq	8(%rsp), %rdi
	movq	%rbx, VCPU_rbx(%rdi)
	movq	%rcx, VCPU_rcx(%rdi)
	movq	%rdx, VCPU_rdx(%rdi)
	movq	%rsi, VCPU_rsi(%rdi)
	popq	%rax
	movq	%rax, VCPU_rdi(%rdi)
	movq	%rbp, VCPU_rbp(%rdi)
	movq	%r8, VCPU_r8(%rdi)
	movq	%r9, VCPU_r9(%rdi)
	movq	%r10, VCPU_r10(%rdi)
	movq	%r11, VCPU_r11(%rdi)
	movq	%r12, VCPU_r12(%rdi)
	movq	%r13, VCPU_r13(%rdi)
	movq	%r14, VCPU_r14(%rdi)
	movq	%r15, VCPU_r15(%rdi)
	movq	VCPU_host_vmcb_address(%rdi), %rax
	vmload	%rax
	stgi
	cld
	call	svm_vmexit
	testl	%eax, %eax
	jz	next
	popq	%rdi
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbp
	popq	%rbx
	ret
	.size	svm_run_loop, . - svm_run_loop

	.section .note.GNU-stack, "", @progbits
