/* SPDX-License-Identifier: MIT */
/* Calls of the hypervisor: VMMCALL, APM2 15.13. */

#include "guest/lib/hypercall.h"

s32
hypercall (u32 number, u32 a, u32 b, u32 c)
{
	s32 result;

	asm volatile ("vmmcall" : "=a" (result) : "a" (number), "b" (a),
		      "c" (b), "d" (c) : "memory");
	return result;
}
