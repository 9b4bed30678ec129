/* Says who it is told it is, hands its blob over to the console, and ends. */

#include "adapter.h"
#include "platform.h"

static void
print (const char *text)
{
	while (*text)
		tcbsplit_platform_put (*text++);
}

static int ready;

void
tcbsplit_adapter_guest_init (const void *boot_info)
{
	char line[16], input[8];
	unsigned int i = 0;
	long size;

	ready = tcbsplit_platform_init (boot_info);
	print ("name? ");
	while (i < sizeof line - 1) {
		line[i] = tcbsplit_platform_get ();
		if (line[i] == '\r' || line[i] == '\n')
			break;
		i++;
	}
	line[i] = 0;
	print ("hello ");
	print (line);
	size = tcbsplit_platform_input (input, sizeof input - 1);
	input[size < 0 ? 0 : size] = 0;
	print (size < 0 ? ", no input" : ", input ");
	print (input);
	print ("\r\n");
}

int
tcbsplit_adapter_send (const void *blob, tcbsplit_u64 length)
{
	static const char digits[] = "0123456789abcdef";
	const tcbsplit_u8 *bytes = blob;

	print ("BLOB ");
	for (; length; length--, bytes++) {
		tcbsplit_platform_put (digits[*bytes >> 4]);
		tcbsplit_platform_put (digits[*bytes & 15]);
	}
	print (" END\r\n");
	return ready;
}

void
tcbsplit_adapter_guest_end (int status)
{
	print (status ? "guest failed\r\n" : "guest ends\r\n");
	tcbsplit_platform_end (status);
}
