/* SPDX-License-Identifier: MIT */
#ifndef BOOT_ELF32_H
#define BOOT_ELF32_H

#include "lib/types.h"

/* ELF, 32 bit, as far as loading needs it (System V ABI, chapters 4, 5). */

#define ELF_MAGIC 0x464C457F
#define ELF_CLASS32 1
#define ELF_MACHINE_386 3
#define ELF_LOAD 1

struct elf32_header {
	u32 magic;
	u8 class, data, version, rest[9];
	u16 type, machine;
	u32 file_version, entry, phoff, shoff, flags;
	u16 ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

struct elf32_segment {
	u32 type, offset, vaddr, paddr, filesz, memsz, flags, align;
};

#endif
