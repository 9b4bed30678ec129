/* The multiboot loader's information: modules by name. */

#include "hv/bootinfo.h"
#include "abi/multiboot.h"
#include "lib/string.h"

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

void
bootinfo_init (const void *multiboot_info)
{
	const struct multiboot_info *info = multiboot_info;
	const struct multiboot_module *m;
	u32 i;

	module_count = 0;
	if (!(info->flags & MULTIBOOT_INFO_MODULES))
		return;
	m = pointer (info->mods_addr);
	for (i = 0; i < info->mods_count; i++, m++) {
		if (module_count == ARRAY_SIZE (modules) ||
		    m->end < m->start)
			break;
		name_module (&modules[module_count], m->string ?
			     pointer (m->string) : "");
		modules[module_count].data = pointer (m->start);
		modules[module_count].size = m->end - m->start;
		module_count++;
	}
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
