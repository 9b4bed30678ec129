/* SPDX-License-Identifier: MIT */
/* /init of the preprocessing guest: mount file systems, then run the guest. */

#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>
#include "linux.h"

void tcbsplit_guest_main (const void *boot_info) __attribute__ ((noreturn));

static void
mounted (const char *type, const char *where)
{
	mkdir (where, 0755);
	if (mount (type, where, type, 0, NULL))
		perror (where);
}

int
main (void)
{
	int console;

	mounted ("proc", "/proc");
	mounted ("sysfs", "/sys");
	mounted ("devtmpfs", "/dev");
	console = open ("/dev/console", O_RDWR);
	if (console >= 0) {
		dup2 (console, STDIN_FILENO);
		dup2 (console, STDOUT_FILENO);
		dup2 (console, STDERR_FILENO);
	}
	tcbsplit_guest_main (NULL);
}
