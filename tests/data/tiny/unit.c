#include "unit.h"

extern const struct unit __start_units[], __stop_units[];

static int
starts_with (const char *text, const char *prefix)
{
	while (*prefix)
		if (*text++ != *prefix++)
			return 0;
	return 1;
}

int
units_call (const char *prefix)
{
	const struct unit *u;
	int result = 0;

	for (u = __start_units; u < __stop_units && !result; u++)
		if (starts_with (u->id, prefix))
			result = u->init ();
	return result;
}
