#ifndef GUEST_HYPERCALL_H
#define GUEST_HYPERCALL_H

#include "guest/lib/types.h"

int hypercall (u32 number, u32 a, u32 b, u32 c);

#endif
