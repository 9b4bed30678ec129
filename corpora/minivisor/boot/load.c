/* Loads a multiboot guest (ELF32 at its physical addresses) and its modules. */

#include "abi/multiboot.h"
#include "boot/elf32.h"
#include "hv/guest.h"
#include "hv/vcpu.h"
#include "lib/errno.h"
#include "lib/string.h"

#define INFO_ADDRESS 0x1000
#define STRINGS_ADDRESS 0x2000
#define MODULES_ADDRESS 0x01000000 /* 16 MiB upwards */
#define PAGE 4096ULL
#define MOST_MODULES 4

static int
load_segment (const struct hv_module *image, const struct elf32_segment *s)
{
	const u8 *bytes = image->data;

	if (s->type != ELF_LOAD || !s->memsz)
		return 0;
	if (s->filesz > s->memsz || s->offset > image->size ||
	    s->filesz > image->size - s->offset)
		return -ENOEXEC;
	/* Memory was wiped: what the file does not fill is zero. */
	if ((u64) s->paddr + s->memsz > MODULES_ADDRESS ||
	    s->paddr < STRINGS_ADDRESS + PAGE)
		return -ENOMEM;
	return guest_copy_out (s->paddr, bytes + s->offset, s->filesz);
}

static int
load_image (const struct hv_module *image, u32 *entry)
{
	const struct elf32_header *h = image->data;
	const struct elf32_segment *s;
	u32 i;
	int error = -ENOEXEC;

	if (image->size < sizeof *h || h->magic != ELF_MAGIC ||
	    h->class != ELF_CLASS32 || h->machine != ELF_MACHINE_386 ||
	    h->phentsize != sizeof *s || h->phoff > image->size ||
	    (u64) h->phnum * sizeof *s > image->size - h->phoff)
		goto out;
	s = (const void *) ((const u8 *) image->data + h->phoff);
	for (i = 0; i < h->phnum; i++, s++) {
		error = load_segment (image, s);
		if (error)
			goto out;
	}
	*entry = h->entry;
out:
	return error;
}

static int
load_modules (const struct hv_module *const *modules, unsigned int count)
{
	struct multiboot_module list[MOST_MODULES];
	u64 at = MODULES_ADDRESS;
	u32 string = STRINGS_ADDRESS;
	unsigned int i;
	int error = -E2BIG;

	if (count > MOST_MODULES)
		goto out;
	memset (list, 0, sizeof list);
	for (i = 0; i < count; i++) {
		list[i] = (struct multiboot_module) {
			(u32) at, (u32) (at + modules[i]->size), string, 0
		};
		error = guest_copy_out (string, modules[i]->name,
					sizeof modules[i]->name);
		if (error)
			goto out;
		error = guest_copy_out (at, modules[i]->data,
					modules[i]->size);
		if (error)
			goto out;
		string += sizeof modules[i]->name;
		at = (at + modules[i]->size + PAGE - 1) & ~(PAGE - 1);
	}
	error = guest_copy_out (INFO_ADDRESS + sizeof (struct multiboot_info),
				list, count * sizeof list[0]);
out:
	return error;
}

int
guest_load (const struct hv_module *image,
	    const struct hv_module *const *modules, unsigned int count)
{
	struct multiboot_info info = {
		.flags = MULTIBOOT_INFO_MEMORY | MULTIBOOT_INFO_MODULES,
		.mem_lower = 639,
		.mem_upper = GUEST_RAM_SIZE / 1024 - 1024,
		.mods_count = count,
		.mods_addr = INFO_ADDRESS + sizeof info,
	};
	u32 entry;
	int error;

	guest_wipe ();
	error = load_image (image, &entry);
	if (error)
		goto out;
	error = load_modules (modules, count);
	if (error)
		goto out;
	error = guest_copy_out (INFO_ADDRESS, &info, sizeof info);
	if (error)
		goto out;
	vcpu_reset (entry, INFO_ADDRESS);
out:
	return error;
}
