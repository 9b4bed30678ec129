/* SPDX-License-Identifier: MIT */
#ifndef HOSTILE_H
#define HOSTILE_H

/*
 * A hostile guest. Each file of attacks/ is one attack, with the promise that
 * it tries to break, what the hypervisor must say that it refused, where it
 * runs (as target, as preprocessing guest; both unless told) and how it ends
 * the guest, if it does. The addresses HV_... are those of the hypervisor's
 * symbols: the attacker knows the image.
 */

#include "guest/lib/ata.h"
#include "guest/lib/exception.h"
#include "guest/lib/hypercall.h"
#include "guest/lib/port.h"
#include "guest/lib/print.h"
#include "abi/hypercall.h"
#include "lib/types.h"

#define RAM_END 0x04000000u
#define HV_BASE 0x08000000u
#define PAGE 4096u

struct attack {
	const char *name;
	void (*run) (void);
};

#define ATTACK(name_) \
	static void name_ (void); \
	static const struct attack attack_##name_ \
	__attribute__ ((section ("attacks"), used)) = { #name_, name_ }; \
	static void name_ (void)

/* What an attack gets hold of, for the judge; and a page that nobody writes. */
extern u8 loot[16 * PAGE];
extern u8 decoy[PAGE];

/* The module of that name: address, and its length. NULL: there is none. */
const u8 *module (const char *name, u32 *length);

/* Each: false where it ended by an exception. */
bool peek (u32 address, u32 *value);
bool poke (u32 address, u32 value);
bool msr_get (u32 number, u64 *value);
bool msr_set (u32 number, u64 value);

/* Read and write the MSR, back to what was read, or to `value`. */
void msr_attack (u32 number, u64 value);

/* Copy into the loot what can be read. */
void steal (u32 address, u32 length);

static inline u32
address_of (const void *data)
{
	return (u32) (uintptr_t) data;
}

static inline u32
pci (u32 device, u32 function, u32 offset)
{
	return 0x80000000u | device << 11 | function << 8 | offset;
}

/* Whether a device that is there shows these bits. */
static inline bool
busy (u16 port, u8 bits)
{
	u8 status = port_in8 (port);

	return status != 0xFF && status & bits;
}

/* PCI configuration, by its ports. */
u32 pci_read (u32 device, u32 function, u32 offset);
void pci_write (u32 device, u32 function, u32 offset, u32 value);

/* long.S: in 64-bit mode, identity mapped, with these registers; the result. */
struct long_call {
	u64 rax, rbx, rcx, rdx, rsi, rdi;
};

void long_vmmcall (struct long_call *call);
void long_insb (struct long_call *call);
void long_cr8 (struct long_call *call);
void compat_vmmcall (struct long_call *call);

/* Call in privilege level 3; EXCEPTION_NONE if it came back by INT 0x30. */
void user_call (void (*function) (void *data), void *data);

#endif
