/* SPDX-License-Identifier: MIT */
#ifndef TCBSPLIT_EFI_H
#define TCBSPLIT_EFI_H

#include "tcbsplit_types.h"

/*
 * The parts of UEFI that a preprocessing guest needs; unused services are void
 * pointers in a table. UEFI Specification 2.10; each record names its section.
 */

#define EFIAPI __attribute__ ((ms_abi))
#define EFI_ERROR(status) ((tcbsplit_efi_status) (status) >> 63)
#define EFI_SUCCESS 0UL
#define EFI_LOAD_ERROR (1UL << 63 | 1) /* appendix D */
#define EFI_ABORTED (1UL << 63 | 21)

typedef tcbsplit_u64 tcbsplit_efi_status;
typedef __UINT16_TYPE__ tcbsplit_efi_char;

/* Argument of tcbsplit_adapter_guest_init () from the entry of guest.efi. */
struct tcbsplit_efi_boot {
	void *image; /* handle */
	struct tcbsplit_efi_system *system;
};

struct tcbsplit_efi_guid {
	tcbsplit_u32 a;
	__UINT16_TYPE__ b, c;
	tcbsplit_u8 d[8];
};

/* 12.3 */
struct tcbsplit_efi_key {
	__UINT16_TYPE__ scan;
	tcbsplit_efi_char character;
};

struct tcbsplit_efi_text_in {
	void *reset;
	tcbsplit_efi_status (EFIAPI *read_key) (struct tcbsplit_efi_text_in *,
						struct tcbsplit_efi_key *);
	void *key_event;
};

/* 12.4 */
struct tcbsplit_efi_text_out {
	void *reset;
	tcbsplit_efi_status (EFIAPI *output) (struct tcbsplit_efi_text_out *,
					      const tcbsplit_efi_char *);
};

/* 4.4, 7; services in the order of the table, after the header. */
enum { EFI_ALLOCATE_MOST_ADDRESS = 1, EFI_LOADER_DATA = 2 };

struct tcbsplit_efi_boot_services {
	tcbsplit_u8 header[24];
	void *priority[2];
	tcbsplit_efi_status (EFIAPI *allocate_pages) (int how, int type,
						      unsigned long pages,
						      tcbsplit_u64 *address);
	tcbsplit_efi_status (EFIAPI *free_pages) (tcbsplit_u64 address,
						  unsigned long pages);
	void *memory[3];
	void *events_1[2];
	tcbsplit_efi_status (EFIAPI *wait) (unsigned long count, void **events,
					    unsigned long *which);
	void *events_2[3];
	void *protocols_1[3];
	tcbsplit_efi_status (EFIAPI *handle_protocol) (
		void *handle, const struct tcbsplit_efi_guid *, void *interface);
	void *protocols_2[5];
	void *images[2];
	tcbsplit_efi_status (EFIAPI *exit) (void *image, tcbsplit_efi_status,
					    unsigned long size, void *data);
};

/* 4.3 */
struct tcbsplit_efi_system {
	tcbsplit_u8 header[24];
	void *vendor;
	tcbsplit_u64 revision;
	void *in_handle;
	struct tcbsplit_efi_text_in *in;
	void *out_handle;
	struct tcbsplit_efi_text_out *out;
	void *error_handle, *error;
	void *runtime;
	struct tcbsplit_efi_boot_services *boot;
};

/* 9.1 */
struct tcbsplit_efi_loaded_image {
	tcbsplit_u64 revision;
	void *parent;
	struct tcbsplit_efi_system *system;
	void *device;
};

/* 13.5; a path starts at the volume's root. */
enum { EFI_FILE_READ = 1 };

struct tcbsplit_efi_file {
	tcbsplit_u64 revision;
	tcbsplit_efi_status (EFIAPI *open) (struct tcbsplit_efi_file *,
					    struct tcbsplit_efi_file **,
					    const tcbsplit_efi_char *path,
					    tcbsplit_u64 mode, tcbsplit_u64 attributes);
	tcbsplit_efi_status (EFIAPI *close) (struct tcbsplit_efi_file *);
	void *remove;
	tcbsplit_efi_status (EFIAPI *read) (struct tcbsplit_efi_file *,
					    unsigned long *length, void *to);
};

/* 13.4 */
struct tcbsplit_efi_volume {
	tcbsplit_u64 revision;
	tcbsplit_efi_status (EFIAPI *open) (struct tcbsplit_efi_volume *,
					    struct tcbsplit_efi_file **root);
};

/* --- efi.c: for the adapter's part in guest.efi ---------------------------- */

/* Call it first. */
void tcbsplit_efi_init (const struct tcbsplit_efi_boot *boot);

const struct tcbsplit_efi_boot *tcbsplit_efi_boot (void);

void tcbsplit_efi_put (char c);

/* Wait for a key that is a character, and return it. */
char tcbsplit_efi_get (void);

/* Open a file of the guest's boot volume; return 0 or a negative errno. */
int tcbsplit_efi_open (const tcbsplit_efi_char *path,
		       struct tcbsplit_efi_file **file);

/* Read at most `most` bytes; return their number or a negative errno. */
long tcbsplit_efi_read (struct tcbsplit_efi_file *file, void *to,
			unsigned long most);

/* End the guest and return to its loader. */
void tcbsplit_efi_end (tcbsplit_efi_status status) __attribute__ ((noreturn));

#endif
