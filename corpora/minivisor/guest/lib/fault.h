#ifndef GUEST_FAULT_H
#define GUEST_FAULT_H

#include "guest/lib/types.h"

/* Catch general protection faults of the functions below. */
void fault_init (void);

/* Read or write where it may be forbidden; true when it faulted. */
bool fault_on_read (u32 address);
bool fault_on_write (u32 address);
bool fault_on_rdmsr (u32 msr);

#endif
