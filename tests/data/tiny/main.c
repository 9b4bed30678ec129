#include <stdio.h>
#include "settings.h"
#include "unit.h"

struct handlers {
	const char *name;
	int (*exit) (int reason);
};

int checksum (const void *data, int length)
{
	const unsigned char *p = data;
	int sum = 0;

	while (length-- > 0)
		sum += *p++;
	return sum;
}

static int
on_exit_default (int reason)
{
	return reason + (int) settings.limit;
}

static int
on_exit_key (int reason)
{
	return reason ^ key[reason & 3];
}

static struct handlers table[] = {
	{ "default", on_exit_default },
	{ .exit = on_exit_key, .name = "key" },
};

static void
banner (void)
{
	printf ("%s %d\n", settings.name, checksum (key, 4));
}

int
never_called (int x)
{
	return x ? x * 2 : never_called (x + 1);
}

/* The run time: reached through the table only. */
int
run (void)
{
	int i, total = 0;

	for (i = 0; i < 8; i++)
		total += table[i & 1].exit (i);
	return total;
}

int
main (void)
{
	if (units_call ("early"))
		return 1;
	banner ();
	printf ("total %d\n", run ());
	return 0;
}
