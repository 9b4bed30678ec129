/* SPDX-License-Identifier: MIT */
/* The multiboot loader's information: modules by name. */

#include "hv/bootinfo.h"
#include "abi/multiboot.h"
#include "boot/keep.h"
#include "lib/errno.h"
#include "lib/string.h"

extern const u8 image_start[], image_end[]; /* minivisor.lds */

static struct hv_module modules[8];
static unsigned int module_count;

static const void *
pointer (u32 address)
{
	return (const void *) (uintptr_t) address;
}

/* The last word of the command line, cut to the size of a name. */
static void
name_module (struct hv_module *m, const char *line)
{
	const char *word = strrchr (line, ' ');
	size_t i;

	word = word ? word + 1 : line;
	for (i = 0; i + 1 < sizeof m->name && word[i]; i++)
		m->name[i] = word[i];
	m->name[i] = '\0';
}

int
bootinfo_init (const void *multiboot_info)
{
	const struct multiboot_info *info = multiboot_info;
	const struct multiboot_module *m;
	u32 count = info->flags & MULTIBOOT_INFO_MODULES ? info->mods_count : 0;
	int error = -E2BIG;

	module_count = 0;
	if (count > ARRAY_SIZE (modules))
		goto out;
	error = -EINVAL;
	for (m = pointer (info->mods_addr); module_count < count; m++) {
		if (m->end < m->start)
			goto out;
		name_module (&modules[module_count], m->string ?
			     pointer (m->string) : "");
		modules[module_count].data = pointer (m->start);
		modules[module_count].size = m->end - m->start;
		module_count++;
	}
	error = 0;
out:
	return error;
}

int
bootinfo_keep (const void *multiboot_info)
{
	const struct span image = {
		(uintptr_t) image_start, (uintptr_t) image_end
	};

	return modules_keep (modules, module_count, multiboot_info, image);
}

const struct hv_module *
bootinfo_module (const char *name)
{
	unsigned int i;

	for (i = 0; i < module_count; i++)
		if (!strcmp (modules[i].name, name))
			return &modules[i];
	return NULL;
}
