/* The image for UEFI firmware: its console, and a file of its volume. */

#include "efi.h"
#include "platform.h"

int
tcbsplit_platform_init (const void *boot_info)
{
	tcbsplit_efi_init (boot_info);
	return 0;
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
	struct tcbsplit_efi_file *file;
	long result;

	result = tcbsplit_efi_open (u"\\input", &file);
	if (result < 0)
		goto out;
	result = tcbsplit_efi_read (file, to, most);
	file->close (file);
out:
	return result;
}

void
tcbsplit_platform_end (int status)
{
	tcbsplit_efi_end (status ? EFI_ABORTED : EFI_SUCCESS);
}
