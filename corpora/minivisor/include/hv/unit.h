/* SPDX-License-Identifier: MIT */
#ifndef HV_UNIT_H
#define HV_UNIT_H

/*
 * The initialisation table: records in the section .units, run by the text
 * that their ids begin with, in the order of the ids.
 */
struct unit {
	const char *id;
	int (*init) (void); /* 0 or negative errno */
};

#define UNIT(id_, init_) \
	static const struct unit unit_##init_ \
	__attribute__ ((section (".units"), used, aligned (16))) = \
	{ id_, init_ }

/* Run every unit whose id begins with `prefix`; a failure is a panic. */
void units_call (const char *prefix);

#endif
