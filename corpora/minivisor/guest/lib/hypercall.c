/* VMMCALL, APM3: see abi/hypercall.h. */

#include "guest/lib/hypercall.h"

int
hypercall (u32 number, u32 a, u32 b, u32 c)
{
	int result;

	asm volatile ("vmmcall" : "=a" (result)
		      : "a" (number), "b" (a), "c" (b), "d" (c) : "memory");
	return result;
}
