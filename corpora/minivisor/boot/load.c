/* SPDX-License-Identifier: MIT */
/* Loads a multiboot guest (ELF32 at its physical addresses) and its modules. */

#include "abi/multiboot.h"
#include "boot/elf32.h"
#include "hv/guest.h"
#include "hv/unit.h"
#include "hv/vcpu.h"
#include "lib/errno.h"
#include "lib/string.h"

#define INFO_ADDRESS 0x1000
#define IMAGE_ADDRESS 0x2000 /* not below */
#define MODULES_ADDRESS 0x01000000 /* 16 MiB upwards */
#define PAGE 4096ULL
#define MOST_MODULES 4
#define LOW_MEMORY 0x9FC00 /* up to the BIOS's own data */
#define HIGH_MEMORY 0x100000

/* What the guest finds at INFO_ADDRESS. */
struct guest_info {
	struct multiboot_info info;
	struct multiboot_module modules[MOST_MODULES];
	struct multiboot_memory map[2];
	char names[1 + MOST_MODULES][sizeof ((struct hv_module *) 0)->name];
};

_Static_assert (sizeof (struct guest_info) <= IMAGE_ADDRESS - INFO_ADDRESS,
		"information runs into the image");

#define INFO_FIELD(field_) \
	((u32) (INFO_ADDRESS + offsetof (struct guest_info, field_)))

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
	    s->paddr < IMAGE_ADDRESS)
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
load_modules (struct guest_info *g, const struct hv_module *const *modules,
	      unsigned int count)
{
	u64 at = MODULES_ADDRESS;
	unsigned int i;
	int error = 0;

	for (i = 0; i < count && !error; i++) {
		g->modules[i] = (struct multiboot_module) {
			(u32) at, (u32) (at + modules[i]->size),
			INFO_FIELD (names[1 + i]), 0
		};
		memcpy (g->names[1 + i], modules[i]->name,
			sizeof g->names[1 + i]);
		error = guest_copy_out (at, modules[i]->data,
					modules[i]->size);
		at = (at + modules[i]->size + PAGE - 1) & ~(PAGE - 1);
	}
	return error;
}

/* Multiboot 3.3. */
static void
describe_machine (struct guest_info *g, unsigned int count)
{
	g->info.flags = MULTIBOOT_INFO_MEMORY | MULTIBOOT_INFO_CMDLINE |
		MULTIBOOT_INFO_MODULES | MULTIBOOT_INFO_MEMORY_MAP;
	g->info.mem_lower = LOW_MEMORY / 1024;
	g->info.mem_upper = (GUEST_RAM_SIZE - HIGH_MEMORY) / 1024;
	g->info.cmdline = INFO_FIELD (names[0]);
	g->info.mods_count = count;
	g->info.mods_addr = INFO_FIELD (modules);
	g->info.mmap_length = sizeof g->map;
	g->info.mmap_addr = INFO_FIELD (map);
	g->map[0] = (struct multiboot_memory) {
		sizeof g->map[0] - sizeof g->map[0].size, 0, LOW_MEMORY,
		MULTIBOOT_MEMORY_AVAILABLE
	};
	g->map[1] = (struct multiboot_memory) {
		sizeof g->map[1] - sizeof g->map[1].size, HIGH_MEMORY,
		GUEST_RAM_SIZE - HIGH_MEMORY, MULTIBOOT_MEMORY_AVAILABLE
	};
}

int
guest_load (const struct hv_module *image,
	    const struct hv_module *const *modules, unsigned int count)
{
	struct guest_info g;
	u32 entry;
	int error = -E2BIG;

	if (count > MOST_MODULES)
		goto out;
	units_call ("reset"); /* nothing of the guest before */
	guest_wipe (); /* bootinfo_keep () moved what lay there */
	error = load_image (image, &entry);
	if (error)
		goto out;
	memset (&g, 0, sizeof g);
	memcpy (g.names[0], image->name, sizeof g.names[0]);
	error = load_modules (&g, modules, count);
	if (error)
		goto out;
	describe_machine (&g, count);
	error = guest_copy_out (INFO_ADDRESS, &g, sizeof g);
	if (error)
		goto out;
	vcpu_reset (entry, INFO_ADDRESS);
out:
	return error;
}
