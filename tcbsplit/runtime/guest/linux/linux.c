/* SPDX-License-Identifier: MIT */
/* The `linux` environment: linux.h implemented with libc and the kernel. */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/reboot.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include "linux.h"

#define HUGE_PAGE (2UL * 1024 * 1024)
#define PAGE 4096UL
/* Documentation/admin-guide/mm/pagemap.rst: bits 0-54 are the frame number. */
#define FRAME ((1ULL << 55) - 1)

void *
tcbsplit_linux_alloc (tcbsplit_u64 size)
{
	void *memory = aligned_alloc (16, (size + 15) & ~15ULL);

	if (memory)
		memset (memory, 0, (size + 15) & ~15ULL);
	return memory;
}

void
tcbsplit_linux_free (void *memory)
{
	free (memory);
}

static int
write_file (const char *path, const char *text)
{
	int result = 0, file = open (path, O_WRONLY);

	if (file < 0)
		return -errno;
	if (write (file, text, strlen (text)) < 0)
		result = -errno;
	close (file);
	return result;
}

static uint64_t
frame_of (const void *memory)
{
	uint64_t entry = 0;
	int file = open ("/proc/self/pagemap", O_RDONLY);

	if (file < 0)
		return 0;
	if (pread (file, &entry, sizeof entry,
		   (off_t) ((uintptr_t) memory / PAGE * sizeof entry)) !=
	    (ssize_t) sizeof entry)
		entry = 0;
	close (file);
	return entry & FRAME;
}

void *
tcbsplit_linux_contiguous (tcbsplit_u64 size, tcbsplit_u64 *physical)
{
	void *memory;
	uint64_t frame;

	if (size > HUGE_PAGE ||
	    write_file ("/proc/sys/vm/nr_hugepages", "1"))
		return NULL;
	memory = mmap (NULL, HUGE_PAGE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB |
		       MAP_POPULATE | MAP_LOCKED, -1, 0);
	if (memory == MAP_FAILED)
		return NULL;
	memset (memory, 0, HUGE_PAGE);
	frame = frame_of (memory);
	if (!frame) {
		munmap (memory, HUGE_PAGE);
		return NULL;
	}
	*physical = frame * PAGE;
	return memory;
}

void
tcbsplit_linux_print (const char *text)
{
	size_t done = 0, length = strlen (text);
	ssize_t step;

	while (done < length &&
	       (step = write (STDOUT_FILENO, text + done, length - done)) > 0)
		done += (size_t) step;
}

long
tcbsplit_linux_read_line (char *to, tcbsplit_u64 size, int echo)
{
	struct termios old, quiet;
	tcbsplit_u64 length = 0;
	int terminal = !tcgetattr (STDIN_FILENO, &old);
	char c;
	ssize_t got;

	if (terminal && !echo) {
		quiet = old;
		quiet.c_lflag &= ~(tcflag_t) ECHO;
		/* No flush: the user may have typed since the prompt. */
		tcsetattr (STDIN_FILENO, TCSANOW, &quiet);
	}
	while ((got = read (STDIN_FILENO, &c, 1)) == 1 && c != '\n')
		if (length + 1 < size)
			to[length++] = c;
	if (size)
		to[length] = '\0';
	if (terminal && !echo)
		tcsetattr (STDIN_FILENO, TCSANOW, &old);
	return got < 0 ? -errno : (long) length;
}

tcbsplit_u64
tcbsplit_linux_time (void)
{
	struct timespec now;

	clock_gettime (CLOCK_MONOTONIC, &now);
	return (tcbsplit_u64) now.tv_sec * 1000000 +
		(tcbsplit_u64) now.tv_nsec / 1000;
}

long
tcbsplit_linux_read_file (const char *path, void *to, tcbsplit_u64 size)
{
	tcbsplit_u64 done = 0;
	ssize_t step = 0;
	int file = open (path, O_RDONLY);

	if (file < 0)
		return -errno;
	while (done < size &&
	       (step = read (file, (char *) to + done, size - done)) > 0)
		done += (tcbsplit_u64) step;
	close (file);
	return step < 0 ? -EIO : (long) done;
}

/* CPUID function 0 (AMD64 APM volume 3, appendix E): "Auth" in ebx. */
static int
is_amd (void)
{
	unsigned int a = 0, b, c, d;

	asm volatile ("cpuid" : "+a" (a), "=b" (b), "=c" (c), "=d" (d));
	return b == 0x68747541;
}

long
tcbsplit_linux_hypercall (tcbsplit_u64 number, tcbsplit_u64 rbx,
			  tcbsplit_u64 rcx, tcbsplit_u64 rdx)
{
	long result;

	if (is_amd ())
		asm volatile ("vmmcall" : "=a" (result)
			      : "a" (number), "b" (rbx), "c" (rcx), "d" (rdx)
			      : "memory");
	else
		asm volatile ("vmcall" : "=a" (result)
			      : "a" (number), "b" (rbx), "c" (rcx), "d" (rdx)
			      : "memory");
	return result;
}

void
tcbsplit_linux_off (void)
{
	sync ();
	reboot (RB_POWER_OFF);
	for (;;)
		pause ();
}
