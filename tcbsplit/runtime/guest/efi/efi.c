/* SPDX-License-Identifier: MIT */
/* Console, files and exit of a preprocessing guest started by UEFI firmware. */

#include "efi.h"

#define EIO 5
#define ENOENT 2

static const struct tcbsplit_efi_boot *started;

void
tcbsplit_efi_init (const struct tcbsplit_efi_boot *boot)
{
	started = boot;
}

const struct tcbsplit_efi_boot *
tcbsplit_efi_boot (void)
{
	return started;
}

void
tcbsplit_efi_put (char c)
{
	tcbsplit_efi_char text[2] = { (unsigned char) c, 0 };

	started->system->out->output (started->system->out, text);
}

char
tcbsplit_efi_get (void)
{
	struct tcbsplit_efi_text_in *in = started->system->in;
	struct tcbsplit_efi_key key;
	unsigned long which;

	for (;;) {
		started->system->boot->wait (1, &in->key_event, &which);
		if (!EFI_ERROR (in->read_key (in, &key)) && key.character &&
		    key.character < 0x100)
			return (char) key.character;
	}
}

int
tcbsplit_efi_open (const tcbsplit_efi_char *path, struct tcbsplit_efi_file **file)
{
	/* EFI_LOADED_IMAGE_PROTOCOL, EFI_SIMPLE_FILE_SYSTEM_PROTOCOL (9.1, 13.4) */
	static const struct tcbsplit_efi_guid image = {
		0x5B1B31A1, 0x9562, 0x11D2,
		{ 0x8E, 0x3F, 0x00, 0xA0, 0xC9, 0x69, 0x72, 0x3B }
	};
	static const struct tcbsplit_efi_guid file_system = {
		0x964E5B22, 0x6459, 0x11D2,
		{ 0x8E, 0x39, 0x00, 0xA0, 0xC9, 0x69, 0x72, 0x3B }
	};
	struct tcbsplit_efi_boot_services *services = started->system->boot;
	struct tcbsplit_efi_loaded_image *loaded;
	struct tcbsplit_efi_volume *volume;
	struct tcbsplit_efi_file *root;
	int result = -EIO;

	if (EFI_ERROR (services->handle_protocol (started->image, &image, &loaded)))
		goto out;
	if (EFI_ERROR (services->handle_protocol (loaded->device, &file_system,
						  &volume)))
		goto out;
	if (EFI_ERROR (volume->open (volume, &root)))
		goto out;
	result = EFI_ERROR (root->open (root, file, path, EFI_FILE_READ, 0)) ?
		-ENOENT : 0;
	root->close (root);
out:
	return result;
}

long
tcbsplit_efi_read (struct tcbsplit_efi_file *file, void *to, unsigned long most)
{
	unsigned long length = most;

	if (EFI_ERROR (file->read (file, &length, to)) || length > most)
		return -EIO;
	return (long) length;
}

void
tcbsplit_efi_end (tcbsplit_efi_status status)
{
	started->system->boot->exit (started->image, status, 0, 0);
	for (;;)
		asm volatile ("hlt");
}
