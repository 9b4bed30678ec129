/*
 * /init of a Linux guest with a network card: says what a peer answers, and that
 * nobody else does.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static int
load (const char *path)
{
	int result = 0;
	int file = open (path, O_RDONLY | O_CLOEXEC);

	if (file < 0)
		return -errno;
	if (syscall (SYS_finit_module, file, "", 0) < 0)
		result = -errno;
	close (file);
	return result;
}

static int
bring_up (const char *card)
{
	struct ifreq request;
	struct sockaddr_in address = { .sin_family = AF_INET };
	int result = 0;
	int handle = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (handle < 0)
		return -errno;
	memset (&request, 0, sizeof request);
	strncpy (request.ifr_name, card, sizeof request.ifr_name - 1);
	address.sin_addr.s_addr = inet_addr ("10.0.2.15");
	memcpy (&request.ifr_addr, &address, sizeof address);
	if (ioctl (handle, SIOCSIFADDR, &request) < 0)
		goto failed;
	address.sin_addr.s_addr = inet_addr ("255.255.255.0");
	memcpy (&request.ifr_netmask, &address, sizeof address);
	if (ioctl (handle, SIOCSIFNETMASK, &request) < 0)
		goto failed;
	request.ifr_flags = IFF_UP;
	if (ioctl (handle, SIOCSIFFLAGS, &request) < 0)
		goto failed;
	goto out;
failed:
	result = -errno;
out:
	close (handle);
	return result;
}

/* Says `question` to a peer and puts what it says first into `answer`. */
static int
ask (const char *to, unsigned short port, const char *question, char *answer,
     size_t size)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_port = htons (port) };
	struct timeval most = { .tv_sec = 3 };
	ssize_t got;
	int result = 0;
	int handle = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (handle < 0)
		return -errno;
	setsockopt (handle, SOL_SOCKET, SO_SNDTIMEO, &most, sizeof most);
	setsockopt (handle, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most);
	address.sin_addr.s_addr = inet_addr (to);
	if (connect (handle, (struct sockaddr *) &address, sizeof address) < 0)
		goto failed;
	if (write (handle, question, strlen (question)) < 0)
		goto failed;
	got = read (handle, answer, size - 1);
	if (got < 0)
		goto failed;
	answer[got] = 0;
	goto out;
failed:
	result = -errno;
out:
	close (handle);
	return result;
}

int
main (void)
{
	char module[16], answer[64] = "";
	unsigned int i;
	int result;

	mknod ("/console", S_IFCHR | 0600, makedev (5, 1));
	for (i = 0; i < 3; i++)
		open ("/console", O_RDWR);
	for (i = 0;; i++) { /* in the order in which they need each other */
		snprintf (module, sizeof module, "/%u.ko", i);
		result = load (module);
		if (result == -ENOENT)
			break;
		if (result)
			printf ("%s: %s\n", module, strerror (-result));
	}
	result = bring_up ("eth0");
	if (result)
		printf ("eth0: %s\n", strerror (-result));
	result = ask ("10.0.2.100", 7000, "hello\n", answer, sizeof answer);
	printf ("peer: %s\n", result ? strerror (-result) : answer);
	result = ask ("10.0.2.2", 22, "hello\n", answer, sizeof answer);
	printf ("host: %s\n", result ? "out of reach" : answer);
	fflush (stdout);
	reboot (RB_POWER_OFF);
	return 0;
}
