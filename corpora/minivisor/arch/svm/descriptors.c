/* SPDX-License-Identifier: MIT */
/*
 * The interrupt descriptor table, APM2 8.9.1 and 4.8.4: what goes wrong in the
 * hypervisor itself is said on the console instead of resetting the machine.
 */

#include "arch/svm/descriptors.h"
#include "hv/panic.h"

#define CODE_SELECTOR 8 /* entry.S */
#define INTERRUPT_GATE 0x8E00
#define VECTORS 32
#define VECTOR_BYTES 16

struct gate {
	u16 offset0, selector, type, offset1;
	u32 offset2, reserved;
};

struct table_pointer {
	u16 limit;
	u64 base;
} __attribute__ ((packed));

static struct gate gates[VECTORS];

void
trap_report (const struct trap_frame *f)
{
	panic ("exception %lu, error %lx, at %lx", f->vector, f->error,
	       f->rip);
}

void
descriptors_init (void)
{
	const struct table_pointer pointer = {
		sizeof gates - 1, (u64) (uintptr_t) gates
	};
	unsigned int i;

	for (i = 0; i < VECTORS; i++) {
		u64 address = (u64) (uintptr_t) trap_vectors +
			i * VECTOR_BYTES;

		gates[i] = (struct gate) {
			(u16) address, CODE_SELECTOR, INTERRUPT_GATE,
			(u16) (address >> 16), (u32) (address >> 32), 0
		};
	}
	asm volatile ("lidt %0" : : "m" (pointer));
}
