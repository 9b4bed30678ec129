/* SPDX-License-Identifier: MIT */
#ifndef ABI_MULTIBOOT_H
#define ABI_MULTIBOOT_H

/* Multiboot 0.6.96: what a loader tells (section 3.3), as far as it is used. */

#define MULTIBOOT_HEADER_MAGIC 0x1BADB002
#define MULTIBOOT_LOADER_MAGIC 0x2BADB002

#define MULTIBOOT_INFO_MEMORY 0x1
#define MULTIBOOT_INFO_CMDLINE 0x4
#define MULTIBOOT_INFO_MODULES 0x8
#define MULTIBOOT_INFO_MEMORY_MAP 0x40

#define MULTIBOOT_MEMORY_AVAILABLE 1

struct multiboot_info {
	unsigned int flags;
	unsigned int mem_lower; /* KiB */
	unsigned int mem_upper; /* KiB above 1 MiB */
	unsigned int boot_device;
	unsigned int cmdline;
	unsigned int mods_count;
	unsigned int mods_addr;
	unsigned int symbols[4];
	unsigned int mmap_length;
	unsigned int mmap_addr;
	unsigned int rest[16];
};

struct multiboot_memory {
	unsigned int size; /* of the rest */
	unsigned long long address __attribute__ ((packed));
	unsigned long long length __attribute__ ((packed));
	unsigned int type;
};

struct multiboot_module {
	unsigned int start;
	unsigned int end;
	unsigned int string; /* "path name" */
	unsigned int reserved;
};

#endif
