/* SPDX-License-Identifier: MIT */
/* Exceptions as results: the interrupt descriptor table, APM2 4.8.3. */

#include "guest/lib/exception.h"
#include "lib/types.h"

#define CODE_SELECTOR 8
#define INTERRUPT_GATE 0x8E00
#define VECTORS 32
#define VECTOR_BYTES 16

struct gate {
	u16 offset0, selector, type, offset1;
};

struct table_pointer {
	u16 limit;
	u32 base;
} __attribute__ ((packed));

/* vectors.S */
extern const u8 exception_vectors[];
int exception_run (void (*function) (void *data), void *data);

static struct gate gates[VECTORS];

void
exception_init (void)
{
	const struct table_pointer pointer = {
		sizeof gates - 1, (u32) (uintptr_t) gates
	};
	unsigned int i;

	for (i = 0; i < VECTORS; i++) {
		u32 address = (u32) (uintptr_t) exception_vectors +
			i * VECTOR_BYTES;

		gates[i] = (struct gate) {
			(u16) address, CODE_SELECTOR, INTERRUPT_GATE,
			(u16) (address >> 16)
		};
	}
	asm volatile ("lidt %0" : : "m" (pointer));
}

int
exception_try (void (*function) (void *data), void *data)
{
	return exception_run (function, data);
}
