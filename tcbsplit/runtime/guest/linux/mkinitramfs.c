/* SPDX-License-Identifier: MIT */
/*
 * Pack files into an initramfs, without root privileges: the "newc" format
 * (Documentation/driver-api/early-userspace/buffer-format.rst).
 *   mkinitramfs OUTPUT INIT [NAME FILE]...
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIRECTORY 0040755
#define CHARACTER 0020600
#define PROGRAM 0100755

static FILE *output;
static unsigned long written;

static void
put (const void *bytes, size_t length)
{
	static const char zeros[4];

	if (length && fwrite (bytes, 1, length, output) != length) {
		perror ("write");
		exit (1);
	}
	written += length;
	while (written % 4) {
		fwrite (zeros, 1, 1, output);
		written++;
	}
}

static void
entry (const char *name, unsigned int mode, unsigned int major,
       unsigned int minor, const void *content, unsigned long size)
{
	static unsigned int inode;
	char header[111];

	snprintf (header, sizeof header,
		  "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X"
		  "%08X", ++inode, mode, 0U, 0U, 1U, 0U, (unsigned int) size,
		  0U, 0U, major, minor, (unsigned int) strlen (name) + 1, 0U);
	/* The name follows the header without padding in between. */
	if (fwrite (header, 1, 110, output) != 110) {
		perror ("write");
		exit (1);
	}
	written += 110;
	put (name, strlen (name) + 1);
	put (content, size);
}

static void
file (const char *name, const char *path)
{
	FILE *input = fopen (path, "rb");
	char *content;
	long size;

	if (!input || fseek (input, 0, SEEK_END) ||
	    (size = ftell (input)) < 0) {
		fprintf (stderr, "%s: %s\n", path, strerror (errno));
		exit (1);
	}
	rewind (input);
	content = malloc ((size_t) size + 1);
	if (!content ||
	    fread (content, 1, (size_t) size, input) != (size_t) size) {
		fprintf (stderr, "%s: cannot be read\n", path);
		exit (1);
	}
	fclose (input);
	entry (name, PROGRAM, 0, 0, content, (unsigned long) size);
	free (content);
}

int
main (int argc, char **argv)
{
	int i;

	if (argc < 3 || argc % 2 == 0) {
		fprintf (stderr, "usage: %s OUTPUT INIT [NAME FILE]...\n",
			 argv[0]);
		return 2;
	}
	output = fopen (argv[1], "wb");
	if (!output) {
		perror (argv[1]);
		return 1;
	}
	entry ("dev", DIRECTORY, 0, 0, "", 0);
	entry ("dev/console", CHARACTER, 5, 1, "", 0);
	file ("init", argv[2]);
	for (i = 3; i < argc; i += 2)
		file (argv[i], argv[i + 1]);
	entry ("TRAILER!!!", 0, 0, 0, "", 0);
	return fclose (output) ? 1 : 0;
}
