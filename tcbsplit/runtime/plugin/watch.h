/* SPDX-License-Identifier: MIT */
/* Watched address ranges of the image's code, and boundaries of phases. */

#ifndef TCBSPLIT_PLUGIN_WATCH_H
#define TCBSPLIT_PLUGIN_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WATCH_RANGES 64
#define WATCH_BOUNDARIES 16
#define WATCH_CODE 32 /* maximum of code bytes that identify a boundary */

/*
 * Read the file that tcbsplit/validate/evidence/plugin.py writes, lines of
 *   poll                             the harness begins phases, too
 *   range FIRST END                  hexadecimal addresses
 *   boundary PHASE ADDRESS|- BYTES   a number, hexadecimal
 * Return 0 or a negative errno.
 */
int watch_read (const char *path);

/* Whether code at this address is watched. */
bool watch_covers (uint64_t address);

/* Whether the harness begins phases, too. */
bool watch_polls (void);

/*
 * The phase that begins with the code at `address`, of which `length` bytes are
 * at `code`; 0 if none does.
 */
uint32_t watch_boundary (uint64_t address, const uint8_t *code, size_t length);

#endif
