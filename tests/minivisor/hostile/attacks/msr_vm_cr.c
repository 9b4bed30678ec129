/* SPDX-License-Identifier: MIT */
/*
 * promise: virtualisation is not switched off or bent (VM_CR, SVM_KEY)
 * refused: MSR c0010114
 * refused: MSR c0010118
 */

#include "hostile.h"

ATTACK (msr_vm_cr)
{
	msr_attack (0xC0010114, 0x1E);
	msr_attack (0xC0010118, 1);
}
