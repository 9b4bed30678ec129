/* SPDX-License-Identifier: MIT */
/* The one virtual CPU, whatever the vendor. */

#include "hv/vcpu.h"
#include "hv/cpu_ops.h"
#include "hv/guard.h"
#include "hv/panic.h"

static bool stopping;
static enum vcpu_end end;
static u64 end_status;

void
vcpu_reset (u32 entry, u32 info)
{
	cpu_ops->reset (entry, info);
}

enum vcpu_end
vcpu_run (void)
{
	if (!guards_closed ())
		panic ("a guest is to run before the guards are closed");
	stopping = false;
	cpu_ops->run ();
	return end;
}

void
vcpu_stop (enum vcpu_end how, u64 status)
{
	stopping = true;
	end = how;
	end_status = status;
}

bool
vcpu_stopping (void)
{
	return stopping;
}

u64
vcpu_status (void)
{
	return end_status;
}
