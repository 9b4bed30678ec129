/* SPDX-License-Identifier: MIT */
#ifndef SERVICES_CONFIG_PARSE_H
#define SERVICES_CONFIG_PARSE_H

#include "hv/config.h"

/* Parse lines `key = value`; every mistake is reported with its line. */
int config_parse (const char *text, size_t length, struct config *c);

/* values.c: the keys by index; NULL behind the last one. */
const char *config_key (unsigned int index);
int config_set (struct config *c, unsigned int index, const char *value);

#endif
