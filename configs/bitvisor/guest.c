/* SPDX-License-Identifier: MIT */
/*
 * BitVisor's adapter, guest side. The guest reads the encrypted configuration,
 * asks for the password, runs the moved decryptcfg () and hands the
 * configuration over by the `boot` hypercall. Where the guest comes from, its
 * console and its files are bios.c's or uefi.c's (platform.h). Started by the
 * BIOS path it is BitVisor's first multiboot module, and the hypercall does not
 * come back: BitVisor wipes the guest's memory and boots the target. As a UEFI
 * application it goes back to the firmware, which boots the target.
 */

#include <share/config.h>
#include "adapter.h"
#include "platform.h"

void decryptcfg (unsigned char *pass, unsigned int passlen,
		 unsigned char *data, unsigned int datalen, void *out);

#define SALT 8 /* bytes before the encrypted text, in decryptcfg () */
#define BLOCK 16 /* AES */
#define TRIES 3
#define ENCRYPTED_MOST (sizeof (struct config_data) + SALT + 2 * BLOCK)
#define HEAP (1024 * 1024)
#define EACCES 13
#define EINVAL 22
#define ENOSYS 38

static tcbsplit_u8 password[128];
static tcbsplit_u8 encrypted[ENCRYPTED_MOST];
static union {
	struct config_data config;
	tcbsplit_u8 bytes[ENCRYPTED_MOST];
} plain __attribute__ ((aligned (4096)));

/* --- console --------------------------------------------------------------- */

static void
print (const char *text)
{
	for (; *text; text++) {
		if (*text == '\n')
			tcbsplit_platform_put ('\r');
		tcbsplit_platform_put (*text);
	}
}

/* A line without its end; its length. Nothing is echoed. */
static unsigned int
read_password (void)
{
	unsigned int length = 0;
	char c;

	for (;;) {
		c = tcbsplit_platform_get ();
		if (c == '\r' || c == '\n')
			break;
		if (length < sizeof password)
			password[length++] = (tcbsplit_u8) c;
	}
	print ("\n");
	return length;
}

static void
wipe (void *memory, unsigned long length)
{
	volatile tcbsplit_u8 *p = memory;

	while (length--)
		*p++ = 0;
}

/* --- hypercalls: rax = number or 0 to look one up, rbx = argument ---------- */

static unsigned long
hypercall (unsigned long number, unsigned long argument)
{
	unsigned int family, count, vendor[3];
	unsigned long result = number;

	asm volatile ("cpuid" : "=a" (family), "=b" (vendor[0]),
		      "=c" (count), "=d" (vendor[1]) : "a" (0));
	if (vendor[0] == 0x68747541) /* "Auth": AuthenticAMD */
		asm volatile ("vmmcall" : "+a" (result) : "b" (argument)
			      : "rcx", "memory");
	else
		asm volatile ("vmcall" : "+a" (result) : "b" (argument)
			      : "rcx", "memory");
	return result;
}

/* --- what moved code expects ----------------------------------------------- */

void *alloc (unsigned int length);
void *realloc (void *memory, unsigned int length);
void free (void *memory);
void panic (const char *format, ...) __attribute__ ((noreturn));
int printf (const char *format, ...);
int vprintf (const char *format, __builtin_va_list arguments);

/* A block of memory; freed ones wait, wiped, for the next of their size. */
struct block {
	unsigned long size; /* bytes behind this header */
	struct block *next;
};

static struct block *freed;

void *
alloc (unsigned int length)
{
	static tcbsplit_u8 heap[HEAP] __attribute__ ((aligned (16)));
	static unsigned long used;
	struct block **link, *block;

	length = (length + 15) & ~15U;
	for (link = &freed; (block = *link); link = &block->next)
		if (block->size == length) {
			*link = block->next;
			return block + 1;
		}
	if (length + sizeof *block > sizeof heap - used)
		panic ("out of memory");
	block = (struct block *) (heap + used);
	block->size = length;
	used += length + sizeof *block;
	return block + 1;
}

void
free (void *memory)
{
	struct block *block = (struct block *) memory - 1;

	if (!memory)
		return;
	wipe (memory, block->size);
	block->next = freed;
	freed = block;
}

void *
realloc (void *memory, unsigned int length)
{
	tcbsplit_u8 *new = alloc (length), *old = memory;
	unsigned long i, size = old ? ((struct block *) memory - 1)->size : 0;

	for (i = 0; i < size && i < length; i++)
		new[i] = old[i];
	free (memory);
	return new;
}

int
printf (const char *format, ...)
{
	print (format);
	return 0;
}

int
vprintf (const char *format, __builtin_va_list arguments)
{
	(void) arguments;
	print (format);
	return 0;
}

void
panic (const char *format, ...)
{
	print (format);
	print ("\n");
	tcbsplit_adapter_guest_end (1);
}

/* --- the guest's work ------------------------------------------------------ */

static int ready;

void
tcbsplit_adapter_guest_init (const void *boot_info)
{
	ready = tcbsplit_platform_init (boot_info);
}

/* 0 when the password opens the configuration. */
static int
decrypt (unsigned int length, unsigned int size)
{
	decryptcfg (password, length, encrypted, size, plain.bytes);
	wipe (password, sizeof password);
	/* As loadcfg in BitVisor: the length is right only under the key. */
	if (plain.config.len == sizeof plain.config &&
	    (plain.config.len + BLOCK - 1) / BLOCK == size / BLOCK)
		return 0;
	wipe (&plain, sizeof plain);
	return -EACCES;
}

/* The blob of tcbsplit's own handoff is empty here; the configuration crosses. */
int
tcbsplit_adapter_send (const void *blob, tcbsplit_u64 length)
{
	static const char name[] = "boot";
	unsigned long number;
	unsigned int try;
	long size;
	int result = ready;

	(void) blob;
	(void) length;
	if (result < 0)
		goto out;
	size = tcbsplit_platform_input (encrypted, sizeof encrypted);
	if (size < SALT + BLOCK) {
		print ("tcbsplit: no encrypted configuration\n");
		result = -EINVAL;
		goto out;
	}
	result = -EACCES;
	for (try = 0; try < TRIES && result; try++) {
		print ("BitVisor password: ");
		result = decrypt (read_password (), (unsigned int) size);
		if (result)
			print ("tcbsplit: wrong password\n");
	}
	if (result)
		goto out;
	number = hypercall (0, (unsigned long) name);
	if (!number) {
		print ("tcbsplit: no hypercall boot\n");
		result = -ENOSYS;
		goto out;
	}
	print ("tcbsplit: configuration decrypted, handing over\n");
	hypercall (number, (unsigned long) &plain.config);
out:
	wipe (&plain, sizeof plain);
	wipe (password, sizeof password);
	return result;
}

void
tcbsplit_adapter_guest_end (int status)
{
	print (status ? "tcbsplit: nothing was handed over\n" : "");
	tcbsplit_platform_end (status);
}
