// a registration in a section: cut, its line names the stub
// preprocess: [moved]
// registries: [{name: units, record: struct unit, function: run, dispatch: main}]
// cuts: [{caller: "*", callee: moved, policy: elide, reason: it ran in the guest}]
struct unit {
	const char *id;
	int (*run) (void);
};

#define UNIT(id, f) \
	static const struct unit unit_##f \
	__attribute__ ((used, section ("units"))) = { id, f }

/* Unwraps the key. */
static int
moved (void)
{
	return 1;
}

UNIT ("driver1", moved);

static int
kept (void)
{
	return 2;
}

UNIT ("driver2", kept);

extern const struct unit __start_units[], __stop_units[];

int
main (void)
{
	const struct unit *u;
	int sum = 0;

	for (u = __start_units; u < __stop_units; u++)
		sum += u->run ();
	return sum;
}
// === thin
struct unit {
	const char *id;
	int (*run) (void);
};

#define UNIT(id, f) \
	static const struct unit unit_##f \
	__attribute__ ((used, section ("units"))) = { id, f }

/* Unwraps the key. */
static int
moved (void)
{
	/* tcbsplit: moved runs in the preprocessing guest; cut: elide.
	   it ran in the guest */
	return 0;
}

UNIT ("driver1", moved);

static int
kept (void)
{
	return 2;
}

UNIT ("driver2", kept);

extern const struct unit __start_units[], __stop_units[];

int
main (void)
{
	const struct unit *u;
	int sum = 0;

	for (u = __start_units; u < __stop_units; u++)
		sum += u->run ();
	return sum;
}
