/* Finds out the settings and the key. */

#include "settings.h"
#include "unit.h"

struct settings settings;
unsigned char key[4];

static int attempts;

static int derive (int seed);

/* Turns a seed into one byte of the key. */
static int
derive (int seed)
{
	attempts++;
	return (seed * 7 + 3) & 0xFF;
}

/* Fills the settings; runs before anything that needs them. */
int
settings_init (void)
{
	const char *name = "tiny";
	int i;

	for (i = 0; name[i]; i++)
		settings.name[i] = name[i];
	settings.limit = 40 + checksum (name, 4) % 3;
	return 0;
}

int
key_init (void)
{
	int i;

	for (i = 0; i < 4; i++)
		key[i] = derive (i);
	return attempts == 4 ? 0 : -1;
}

UNIT ("early1", settings_init);
UNIT ("early2", key_init);
