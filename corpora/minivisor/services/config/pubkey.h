/* SPDX-License-Identifier: MIT */
#ifndef SERVICES_CONFIG_PUBKEY_H
#define SERVICES_CONFIG_PUBKEY_H

#include "lib/types.h"

/* Whose signature a configuration must bear. */
extern const u8 config_pubkey[32];

#endif
