/* SPDX-License-Identifier: MIT */
/* The hypervisor's memory and its calls. */

#include "abi/hypercall.h"
#include "guest/lib/exception.h"
#include "guest/lib/hypercall.h"
#include "guest/lib/port.h"
#include "guest/lib/print.h"
#include "guest/lib/report.h"
#include "guest/target/target.h"
#include "lib/errno.h"
#include "lib/types.h"

#define RAM_END 0x04000000
#define HYPERVISOR 0x08000000
#define KEYBOARD_COMMAND 0x64
#define SYSTEM_CONTROL 0x92
#define RESET_CONTROL 0xCF9

static void
read_memory (void *data)
{
	asm volatile ("movl (%0), %%eax" : : "r" (data) : "eax", "memory");
}

static void
write_memory (void *data)
{
	asm volatile ("movl $0, (%0)" : : "r" (data) : "memory");
}

static bool
unreachable (u32 address)
{
	void *pointer = (void *) (uintptr_t) address;

	return exception_try (read_memory, pointer) == EXCEPTION_GP &&
		exception_try (write_memory, pointer) == EXCEPTION_GP;
}

static void
input_beyond (void *data)
{
	asm volatile ("insb" : "+D" (data) : "d" ((u16) 0x1F7) : "memory");
}

static void
test_memory (void)
{
	report ("the last word of memory is there",
		exception_try (read_memory, (void *) (RAM_END - 4)) ==
		EXCEPTION_NONE);
	report ("nothing behind the memory", unreachable (RAM_END));
	report ("hypervisor unreachable", unreachable (HYPERVISOR));
	report ("hypervisor's data unreachable",
		unreachable (HYPERVISOR + 0x20000));
	report ("hypervisor unreachable by string input",
		exception_try (input_beyond, (void *) HYPERVISOR) ==
		EXCEPTION_GP);
}

/* Each of these would restart the machine, or let it skip address line 20. */
static void
test_reset (void)
{
	static volatile u32 low = 1;
	volatile u32 *high = (volatile u32 *) ((uintptr_t) &low ^ 0x100000);
	u32 before = *high;

	port_out8 (RESET_CONTROL, 0x02);
	port_out8 (RESET_CONTROL, 0x06);
	port_out8 (SYSTEM_CONTROL, 0x01);
	port_out8 (KEYBOARD_COMMAND, 0xFE); /* pulse the reset line */
	port_out8 (KEYBOARD_COMMAND, 0xDD); /* address line 20 off */
	*high = 2;
	report ("the machine cannot be reset", low == 1 && *high == 2);
	*high = before;
}

/* Only a preprocessing guest may hand over; there may be no such thing. */
static void
test_handoff (void)
{
	static const u32 blob[16];
	s32 result = hypercall (HC_HANDOFF, (u32) (uintptr_t) blob,
				sizeof blob, 0);

	if (result < 0)
		print ("target: handoff refused\n");
	report ("handoff refused", result < 0);
}

void
test_isolation (void)
{
	test_memory ();
	test_reset ();
	report ("hypercall version",
		hypercall (HC_VERSION, 0, 0, 0) == ABI_VERSION);
	report ("unknown hypercall",
		hypercall (0x7777, 0, 0, 0) == -ENOSYS);
	test_handoff ();
}
