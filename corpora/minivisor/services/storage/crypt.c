/* SPDX-License-Identifier: MIT */
/* Encrypts the configured range of sectors: AES-256-XTS, tweak = sector. */

#include "hv/config.h"
#include "hv/idman.h"
#include "lib/crypto/xts.h"
#include "lib/string.h"
#include "services/storage/storage.h"

static struct xts_key key;

void
crypt_init (void)
{
	xts_set_key (&key, idman_storage_key);
	memzero_explicit (idman_storage_key, STORAGE_KEY_SIZE);
}

static bool
encrypted (u64 sector)
{
	return sector >= config.storage_first &&
		sector - config.storage_first < config.storage_count;
}

void
crypt_from_disk (u64 sector, u8 *data)
{
	if (encrypted (sector))
		xts_decrypt_sector (&key, sector, data, SECTOR_SIZE);
}

void
crypt_to_disk (u64 sector, u8 *data)
{
	if (encrypted (sector))
		xts_encrypt_sector (&key, sector, data, SECTOR_SIZE);
}
