#ifndef UNIT_H
#define UNIT_H

/* One entry of the initialisation table; run in the order of their ids. */
struct unit {
	const char *id;
	int (*init) (void);
};

#define UNIT(id_, init_) \
	static const struct unit unit_##init_ \
	__attribute__ ((section ("units"), used, aligned (8))) = { id_, init_ }

int units_call (const char *prefix);

#endif
