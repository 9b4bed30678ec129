/* SPDX-License-Identifier: MIT */
#ifndef ABI_HYPERCALL_H
#define ABI_HYPERCALL_H

/*
 * Hypercalls, by VMMCALL: number in (r)ax, arguments in (r)bx, (r)cx, (r)dx;
 * the result comes back in (r)ax, negative errno where refused.
 */

#define HC_VERSION 0 /* -> ABI_VERSION */
#define HC_PUTC 1 /* bx: character for the hypervisor's console */
#define HC_EXIT 2 /* bx: status; ends the guest, does not return */
#define HC_HANDOFF 0x10 /* bx: address, cx: length; two-step builds only */

#define ABI_VERSION 1

#endif
