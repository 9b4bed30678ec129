/* Prints the blob; reads a line and a file, asks for the time and for memory. */

#include "adapter.h"
#include "linux.h"

/* A name that libc has, too: it must stay the guest's own. */
void perror (const char *text);

void
perror (const char *text)
{
	tcbsplit_linux_print ("own perror: ");
	tcbsplit_linux_print (text);
}

static void
hexadecimal (const unsigned char *bytes, tcbsplit_u64 length)
{
	static const char digits[] = "0123456789abcdef";
	char two[3] = "";

	for (; length; length--, bytes++) {
		two[0] = digits[*bytes >> 4];
		two[1] = digits[*bytes & 15];
		tcbsplit_linux_print (two);
	}
}

void
tcbsplit_adapter_guest_init (const void *boot_info)
{
	char line[16], file[32];
	tcbsplit_u64 physical = 1;

	(void) boot_info;
	perror ("ready\n");
	if (tcbsplit_linux_read_line (line, sizeof line, 0) == 6)
		tcbsplit_linux_print (line);
	if (tcbsplit_linux_read_file ("/greeting", file, sizeof file) == 6)
		tcbsplit_linux_print (" file read");
	if (tcbsplit_linux_time () > 1000)
		tcbsplit_linux_print (" time goes");
	if (tcbsplit_linux_contiguous (4096, &physical) &&
	    !(physical & 0x1FFFFF))
		tcbsplit_linux_print (" contiguous");
	tcbsplit_linux_print ("\n");
}

int
tcbsplit_adapter_send (const void *blob, tcbsplit_u64 length)
{
	tcbsplit_linux_print ("BLOB ");
	hexadecimal (blob, length);
	tcbsplit_linux_print (" END\n");
	return 0;
}

void
tcbsplit_adapter_guest_end (int status)
{
	tcbsplit_linux_print (status ? "failed\n" : "done\n");
	tcbsplit_linux_off ();
}
