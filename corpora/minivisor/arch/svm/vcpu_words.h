/* SPDX-License-Identifier: MIT */
#ifndef ARCH_SVM_VCPU_WORDS_H
#define ARCH_SVM_VCPU_WORDS_H

/*
 * The words at the start of struct svm_vcpu, in order: C makes the members of
 * this list, and assembly their offsets.
 */
#define SVM_VCPU_WORDS(WORD) \
	WORD (vmcb_address) WORD (host_vmcb_address) \
	WORD (rbx) WORD (rcx) WORD (rdx) WORD (rsi) WORD (rdi) WORD (rbp) \
	WORD (r8) WORD (r9) WORD (r10) WORD (r11) \
	WORD (r12) WORD (r13) WORD (r14) WORD (r15)

#endif
