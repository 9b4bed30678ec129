/* SPDX-License-Identifier: MIT */
/*
 * promise: the configuration space is as closed to bytes and words as to
 *   double words
 * refused: port cf8
 * refused: port cfc
 * refused: port cfd
 * refused: port cfe
 * refused: port cff
 * refused: port cfb
 */

#include "hostile.h"

ATTACK (pci_bytes)
{
	u16 port;

	port_out32 (0xCF8, pci (1, 1, 4));
	for (port = 0xCFC; port < 0xD00; port++)
		port_out8 (port, 7);
	port_out16 (0xCFC, 7);
	port_out16 (0xCFE, 0xFFFF);
	port_out16 (0xCFB, 0x0700); /* straddles address and data */
}
