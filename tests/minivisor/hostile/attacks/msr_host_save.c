/* SPDX-License-Identifier: MIT */
/*
 * promise: a guest does not choose where the processor keeps the
 *   hypervisor's state (VM_HSAVE_PA)
 * refused: MSR c0010117
 */

#include "hostile.h"

ATTACK (msr_host_save)
{
	msr_attack (0xC0010117, address_of (decoy));
	hypercall (HC_VERSION, 0, 0, 0);
}
