#ifndef SERVICES_CONFIG_PARSE_H
#define SERVICES_CONFIG_PARSE_H

#include "hv/config.h"

/* Parse lines `key = value`; every mistake is reported with its line. */
int config_parse (const char *text, size_t length, struct config *c);

#endif
