/* SPDX-License-Identifier: MIT */
#ifndef HV_IDMAN_H
#define HV_IDMAN_H

#include "lib/types.h"

#define STORAGE_KEY_SIZE 64 /* AES-256-XTS: data key, tweak key */

/* Filled by identity management, taken and wiped by storage. */
extern u8 idman_storage_key[STORAGE_KEY_SIZE];

#endif
