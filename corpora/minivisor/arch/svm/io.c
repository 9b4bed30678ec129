/* SPDX-License-Identifier: MIT */
/*
 * I/O exits, APM2 15.10.2. Without decode assists the segment of OUTS is not
 * known; it is DS unless overridden, and overrides are not supported.
 */

#include "arch/svm/svm.h"
#include "hv/guest.h"
#include "hv/ioport.h"
#include "lib/errno.h"

#define IO_IN (1u << 0)
#define IO_STRING (1u << 2)
#define IO_REP (1u << 3)
#define IO_ADDRESS16 (1u << 7)
#define IO_ADDRESS32 (1u << 8)
#define FLAGS_DIRECTION (1u << 10)

/* Put the low `size` bytes of a value into a register, APM1 3.1.2. */
static u64
merge (u64 old, u64 value, u8 size)
{
	switch (size) {
	case 1:
		return (old & ~0xFFULL) | (value & 0xFF);
	case 2:
		return (old & ~0xFFFFULL) | (value & 0xFFFF);
	default:
		return value & 0xFFFFFFFF;
	}
}

static u64
address_mask (u32 info)
{
	if (info & IO_ADDRESS16)
		return 0xFFFF;
	return info & IO_ADDRESS32 ? 0xFFFFFFFF : ~0ULL;
}

/* One byte between a value and the guest, which may not be allowed to. */
static int
copy_byte (struct svm_vcpu *v, u64 linear, u8 *byte, bool store)
{
	u64 physical;
	int error;

	error = svm_translate (linear, store, &physical);
	if (!error)
		error = store ? guest_copy_out (physical, byte, 1) :
			guest_copy_in (byte, physical, 1);
	if (error == -EACCES)
		svm_inject_page_fault (v, linear, store);
	else if (error)
		svm_inject_protection (v);
	return error;
}

/* An element may straddle pages: byte by byte. */
static int
copy_element (struct svm_vcpu *v, u64 linear, struct io_access *access,
	      bool store)
{
	unsigned int i;
	u8 byte;
	int error = 0;

	for (i = 0; i < access->size && !error; i++) {
		byte = (u8) (access->value >> 8 * i);
		error = copy_byte (v, linear + i, &byte, store);
		if (!store)
			access->value |= (u32) byte << 8 * i;
	}
	return error;
}

/* One element of INS or OUTS. */
static int
string_element (struct svm_vcpu *v, struct io_access *access, u64 mask)
{
	u64 *pointer = access->in ? &v->rdi : &v->rsi;
	const struct vmcb_segment *segment =
		access->in ? &v->vmcb->es : &v->vmcb->ds;
	u64 step = v->vmcb->rflags & FLAGS_DIRECTION ?
		-(u64) access->size : access->size;
	u64 linear = svm_linear (v->vmcb, segment, *pointer & mask);
	struct io_access probe = *access;
	int error;

	access->value = 0;
	/* An input that could not be stored must not be taken: ask first. */
	probe.value = 0;
	error = copy_element (v, linear, &probe, false);
	if (error)
		goto out;
	if (access->in) {
		ioport_dispatch (access);
		error = copy_element (v, linear, access, true);
	} else {
		access->value = probe.value;
		ioport_dispatch (access);
	}
	if (error)
		goto out;
	*pointer = (*pointer & ~mask) | ((*pointer + step) & mask);
out:
	return error;
}

/* Restartable, as the instruction is: count and pointers show the progress. */
static int
string_io (struct svm_vcpu *v, struct io_access *access, u32 info)
{
	u64 mask = address_mask (info);
	u64 count = info & IO_REP ? v->rcx & mask : 1;
	int error = 0;

	while (count && !error) {
		error = string_element (v, access, mask);
		if (!error)
			count--;
	}
	if (info & IO_REP)
		v->rcx = (v->rcx & ~mask) | count;
	return error;
}

int
svm_exit_io (struct svm_vcpu *v)
{
	u32 info = (u32) v->vmcb->exit_info1;
	struct io_access access = {
		.port = (u16) (info >> 16),
		.size = info >> 4 & 7,
		.in = info & IO_IN,
		.value = (u32) v->vmcb->rax,
	};

	if (info & IO_STRING) {
		if (string_io (v, &access, info))
			return 0; /* the exception is on its way */
	} else {
		ioport_dispatch (&access);
		if (access.in)
			v->vmcb->rax = merge (v->vmcb->rax, access.value,
					      access.size);
	}
	svm_continue_at (v, v->vmcb->exit_info2);
	return 0;
}
