/* SPDX-License-Identifier: MIT */
/*
 * The guest as a UEFI application that takes the place of BitVisor's own loader:
 * it has the firmware start the hypervisor, goes on as a guest below it, and
 * ends; the firmware, a guest now too, boots the target. Its volume holds the
 * hypervisor, bitvisor.elf, and the input, config.enc. Right or nothing: after
 * three wrong passwords, or without a configuration, the machine stops here,
 * since the firmware would go on to boot a target that nobody guards.
 */

#include <share/uefi_boot.h>
#include "efi.h"
#include "platform.h"

#define EFBIG 27
#define EIO 5
#define EINVAL 22
#define ENOMEM 12

/* BitVisor's loaders read that much; the rest the hypervisor reads itself. */
#define HEAD 0x10000
#define PAGE 4096
#define HEAD_BELOW 0x40000000 /* the first part of the hypervisor lies below */
#define ELF_ENTRY 0x18 /* e_entry, TIS ELF 1.2, 1-4 (BitVisor is ELF32 or 64) */

typedef int (EFIAPI *hypervisor_entry) (void *image,
					struct tcbsplit_efi_system *system,
					void **extensions);

static void
print (const char *text)
{
	while (*text)
		tcbsplit_platform_put (*text++);
}

/* Start the hypervisor from its first bytes; back as its guest. */
static int
launch (struct tcbsplit_efi_file *file, tcbsplit_u64 address)
{
	static struct bitvisor_boot boot = INITIAL_BOOT_EXT;
	static struct pass_auth_param_ext two_step = INITIAL_PASS_AUTH_EXT;
	void *extensions[] = { &boot, &two_step, 0 };
	const struct tcbsplit_efi_boot *started = tcbsplit_efi_boot ();
	hypervisor_entry entry;
	tcbsplit_u32 offset;
	long size;

	size = tcbsplit_efi_read (file, (void *) address, HEAD);
	if (size < 0)
		return (int) size;
	if (size != HEAD || *(const tcbsplit_u32 *) address != 0x464C457F)
		return -EINVAL; /* not "\177ELF", or too short */
	offset = *(const tcbsplit_u32 *) (address + ELF_ENTRY) % HEAD;
	boot.loadaddr = address;
	boot.loadsize = HEAD;
	boot.file = file;
	entry = (hypervisor_entry) (address + offset);
	return entry (started->image, started->system, extensions) ? 0 : -EIO;
}

int
tcbsplit_platform_init (const void *boot_info)
{
	static const tcbsplit_efi_char name[] = u"\\bitvisor.elf";
	const struct tcbsplit_efi_boot *started = boot_info;
	struct tcbsplit_efi_boot_services *services = started->system->boot;
	struct tcbsplit_efi_file *file;
	tcbsplit_u64 address = HEAD_BELOW;
	int result;

	tcbsplit_efi_init (started);
	result = tcbsplit_efi_open (name, &file);
	if (result < 0)
		goto out;
	result = -ENOMEM;
	if (EFI_ERROR (services->allocate_pages (EFI_ALLOCATE_MOST_ADDRESS,
						 EFI_LOADER_DATA, HEAD / PAGE,
						 &address)))
		goto out_close;
	result = launch (file, address);
	services->free_pages (address, HEAD / PAGE);
out_close:
	file->close (file);
out:
	if (result < 0)
		print ("tcbsplit: bitvisor.elf does not start\r\n");
	return result;
}

void
tcbsplit_platform_put (char c)
{
	tcbsplit_efi_put (c);
}

char
tcbsplit_platform_get (void)
{
	return tcbsplit_efi_get ();
}

long
tcbsplit_platform_input (void *to, unsigned long most)
{
	static const tcbsplit_efi_char name[] = u"\\config.enc";
	struct tcbsplit_efi_file *file;
	tcbsplit_u8 more;
	long result;

	result = tcbsplit_efi_open (name, &file);
	if (result < 0)
		goto out;
	result = tcbsplit_efi_read (file, to, most);
	if (result >= 0 && tcbsplit_efi_read (file, &more, 1) != 0)
		result = -EFBIG;
	file->close (file);
out:
	return result;
}

void
tcbsplit_platform_end (int status)
{
	if (!status)
		tcbsplit_efi_end (EFI_SUCCESS);
	for (;;)
		asm volatile ("cli; hlt");
}
