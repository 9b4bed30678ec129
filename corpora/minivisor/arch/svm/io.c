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

/* One element of INS or OUTS. */
static int
string_element (struct svm_vcpu *v, struct io_access *access, u64 mask)
{
	u64 *pointer = access->in ? &v->rdi : &v->rsi;
	const struct vmcb_segment *segment =
		access->in ? &v->vmcb->es : &v->vmcb->ds;
	u64 step = v->vmcb->rflags & FLAGS_DIRECTION ?
		-(u64) access->size : access->size;
	u64 physical;
	int error;

	error = svm_translate (segment->base + (*pointer & mask), &physical);
	if (error)
		goto out;
	if (access->in) {
		ioport_dispatch (access);
		error = guest_copy_out (physical, &access->value,
					access->size);
	} else {
		access->value = 0;
		error = guest_copy_in (&access->value, physical, access->size);
		if (!error)
			ioport_dispatch (access);
	}
	if (error)
		goto out;
	*pointer = (*pointer & ~mask) | ((*pointer + step) & mask);
out:
	return error;
}

static int
string_io (struct svm_vcpu *v, struct io_access *access, u32 info)
{
	u64 mask = address_mask (info);
	u64 count = info & IO_REP ? v->rcx & mask : 1;
	int error = 0;

	for (; count && !error; count--)
		error = string_element (v, access, mask);
	if (info & IO_REP)
		v->rcx = (v->rcx & ~mask) | (error ? count + 1 : 0);
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
	int error = 0;

	if (info & IO_STRING) {
		error = string_io (v, &access, info);
	} else {
		ioport_dispatch (&access);
		if (access.in)
			v->vmcb->rax = merge (v->vmcb->rax, access.value,
					      access.size);
	}
	if (!error)
		v->vmcb->rip = v->vmcb->exit_info2;
	else
		svm_inject (v, VECTOR_GP, true);
	return 0;
}
