/* General protection faults that are expected: APM2 8.2.14. */

#include "guest/lib/fault.h"

#define GENERAL_PROTECTION 13
#define INTERRUPT_GATE 0x8E00

struct gate {
	u16 low, selector, flags, high;
};

static struct gate gates[32];

void fault_entry (void);

/*
 * The handler drops error code, address and flags and goes on at the address
 * that the faulting function keeps in ebx, with eax = 1.
 */
asm (".text\n"
     ".type fault_entry, @function\n"
     "fault_entry:\n"
     "	addl $8, %esp\n"
     "	addl $4, %esp\n"
     "	popfl\n"
     "	movl $1, %eax\n"
     "	jmp *%ebx\n"
     ".size fault_entry, . - fault_entry\n");

void
fault_init (void)
{
	const struct {
		u16 limit;
		u32 base;
	} __attribute__ ((packed)) pointer = {
		sizeof gates - 1, (u32) (uintptr_t) gates
	};
	u32 entry = (u32) (uintptr_t) fault_entry;

	gates[GENERAL_PROTECTION] = (struct gate) {
		(u16) entry, 8, INTERRUPT_GATE, (u16) (entry >> 16)
	};
	asm volatile ("lidt %0" : : "m" (pointer));
}

bool
fault_on_read (u32 address)
{
	u32 faulted = 0;

	asm volatile ("movl $1f, %%ebx\n\t"
		      "movl (%%ecx), %%edx\n"
		      "1:" : "+a" (faulted) : "c" (address)
		      : "ebx", "edx", "memory");
	return faulted;
}

bool
fault_on_write (u32 address)
{
	u32 faulted = 0;

	asm volatile ("movl $1f, %%ebx\n\t"
		      "movl $0, (%%ecx)\n"
		      "1:" : "+a" (faulted) : "c" (address)
		      : "ebx", "memory");
	return faulted;
}

bool
fault_on_rdmsr (u32 msr)
{
	u32 result = 0;

	/* RDMSR writes eax when it succeeds: cleared again then. */
	asm volatile ("movl $1f, %%ebx\n\t"
		      "rdmsr\n\t"
		      "xorl %%eax, %%eax\n"
		      "1:" : "+a" (result) : "c" (msr)
		      : "ebx", "edx", "memory");
	return result;
}
