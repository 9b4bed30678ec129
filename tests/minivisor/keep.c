/*
 * minivisor's boot information on the host, on memory at the very addresses
 * that the caller says. Reads layouts on standard input, one after another:
 * windows of memory, the address of the multiboot information, names. Answers
 * with the result, the modules of these names, and the windows as they are
 * then. Outside of the windows there is no memory: a touch is a crash.
 */

#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include "hv/bootinfo.h"

#define MOST_WINDOWS 8
#define NAME 32

struct layout {
	uint64_t info, windows, names;
};

struct window {
	uint64_t address, length;
};

struct found {
	uint64_t address, size; /* all ones: no such module */
};

static void
need (int holds, const char *what)
{
	if (holds)
		return;
	perror (what);
	exit (3);
}

static void
open_window (struct window *w)
{
	void *at;

	need (fread (w, sizeof *w, 1, stdin) == 1, "window");
	at = mmap ((void *) (uintptr_t) w->address, w->length,
		   PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS |
		   MAP_FIXED_NOREPLACE, -1, 0);
	need (at == (void *) (uintptr_t) w->address, "mmap");
	need (fread (at, w->length, 1, stdin) == 1, "contents");
}

static void
close_window (const struct window *w, FILE *answers)
{
	void *at = (void *) (uintptr_t) w->address;

	need (fwrite (at, w->length, 1, answers) == 1, "contents");
	need (!munmap (at, w->length), "munmap");
}

static void
answer (const char *name, FILE *answers)
{
	const struct hv_module *m = bootinfo_module (name);
	struct found f = { UINT64_MAX, UINT64_MAX };

	if (m)
		f = (struct found) { (uintptr_t) m->data, m->size };
	need (fwrite (&f, sizeof f, 1, answers) == 1, "module");
}

static void
run (const struct layout *l, FILE *answers)
{
	struct window windows[MOST_WINDOWS];
	char name[NAME];
	int64_t error;
	uint64_t i;

	need (l->windows <= MOST_WINDOWS, "too many windows");
	for (i = 0; i < l->windows; i++)
		open_window (&windows[i]);
	error = bootinfo_init ((const void *) (uintptr_t) l->info);
	if (!error)
		error = bootinfo_keep ((const void *) (uintptr_t) l->info);
	need (fwrite (&error, sizeof error, 1, answers) == 1, "result");
	for (i = 0; i < l->names; i++) {
		need (fread (name, sizeof name, 1, stdin) == 1, "name");
		answer (name, answers);
	}
	for (i = 0; i < l->windows; i++)
		close_window (&windows[i], answers);
	need (!fflush (answers), "answer");
}

int
main (void)
{
	/* What the hypervisor prints goes elsewhere than the answers. */
	FILE *answers = fdopen (dup (1), "w");
	struct layout layout;

	need (answers && dup2 (2, 1) == 1, "standard output");
	while (fread (&layout, sizeof layout, 1, stdin) == 1)
		run (&layout, answers);
	return 0;
}
