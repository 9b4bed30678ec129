/* SPDX-License-Identifier: MIT */
/*
 * I/O exits, APM2 15.10.2. Without decode assists the segment of OUTS is not
 * known; it is DS unless overridden, and overrides are not supported.
 */

#include "arch/svm/svm.h"
#include "hv/guest.h"
#include "hv/ioport.h"
#include "hv/refusal.h"
#include "lib/errno.h"

#define IO_IN (1u << 0)
#define IO_STRING (1u << 2)
#define IO_REP (1u << 3)
#define IO_ADDRESS16 (1u << 7)
#define IO_ADDRESS32 (1u << 8)
#define FLAGS_DIRECTION (1u << 10)
#define MOST_ELEMENTS 1024 /* of an exit */

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

/* An element of INS or OUTS; it may straddle pages. */
struct element {
	u64 physical[4]; /* of each byte */
};

/*
 * Find every byte before the port is touched: what cannot be stored must not
 * be taken. They are found once, so that an input over the page tables goes
 * where those led before it.
 */
static int
find_element (struct svm_vcpu *v, const struct io_access *access, u64 offset,
	      struct element *e)
{
	const struct vmcb_segment *segment =
		access->in ? &v->vmcb->es : &v->vmcb->ds;
	u64 linear = svm_linear (v->vmcb, segment, offset);
	unsigned int i;
	int error = -EFAULT;
	u8 byte;

	if (!svm_segment_allows (v->vmcb, segment, offset, access->size,
				 access->in)) {
		refusal_report ("string address", linear);
		goto out;
	}
	error = 0;
	for (i = 0; i < access->size && !error; i++) {
		linear = svm_linear (v->vmcb, segment, offset + i);
		error = svm_translate (linear, access->in, &e->physical[i]);
		if (error)
			break;
		error = guest_copy_in (&byte, e->physical[i], 1);
		if (error)
			refusal_report ("address", e->physical[i]);
	}
out:
	if (error == -EACCES)
		svm_inject_page_fault (v, linear, access->in);
	else if (error)
		svm_inject_protection (v);
	return error;
}

/* One element of INS or OUTS. */
static int
string_element (struct svm_vcpu *v, struct io_access *access, u64 mask)
{
	u64 *pointer = access->in ? &v->rdi : &v->rsi;
	u64 step = v->vmcb->rflags & FLAGS_DIRECTION ?
		-(u64) access->size : access->size;
	struct element e;
	unsigned int i;
	int error;
	u8 byte;

	error = find_element (v, access, *pointer & mask, &e);
	if (error)
		goto out;
	access->value = 0;
	for (i = 0; i < access->size && !access->in && !error; i++) {
		error = guest_copy_in (&byte, e.physical[i], 1);
		access->value |= (u32) byte << 8 * i;
	}
	ioport_dispatch (access);
	for (i = 0; i < access->size && access->in && !error; i++) {
		byte = (u8) (access->value >> 8 * i);
		error = guest_copy_out (e.physical[i], &byte, 1);
	}
	*pointer = (*pointer & ~mask) | ((*pointer + step) & mask);
out:
	return error;
}

/*
 * Restartable, as the instruction is: count and pointers show the progress.
 * Nonzero: it does not end here, by an exception or since a guest may not keep
 * the hypervisor for long.
 */
static int
string_io (struct svm_vcpu *v, struct io_access *access, u32 info)
{
	u64 mask = address_mask (info);
	u64 count = info & IO_REP ? v->rcx & mask : 1;
	unsigned int done;
	int error = 0;

	for (done = 0; count && done < MOST_ELEMENTS && !error; done++) {
		error = string_element (v, access, mask);
		if (!error)
			count--;
	}
	if (info & IO_REP)
		v->rcx = (v->rcx & ~mask) | count;
	return error || count;
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
			return 0; /* the guest executes it again */
	} else {
		ioport_dispatch (&access);
		if (access.in)
			v->vmcb->rax = merge (v->vmcb->rax, access.value,
					      access.size);
	}
	svm_continue_at (v, v->vmcb->exit_info2);
	return 0;
}
