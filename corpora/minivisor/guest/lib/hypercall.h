/* SPDX-License-Identifier: MIT */
#ifndef GUEST_LIB_HYPERCALL_H
#define GUEST_LIB_HYPERCALL_H

#include "lib/types.h"

/* VMMCALL as abi/hypercall.h says; #UD where no hypervisor is. */
s32 hypercall (u32 number, u32 a, u32 b, u32 c);

#endif
