/* SPDX-License-Identifier: MIT */
/*
 * promise: a guest does not put the machine to sleep, to wake up in its own
 *   code without the hypervisor (ACPI 6.3, 16.1)
 * refused: port 604
 */

#include "hostile.h"

ATTACK (sleep)
{
	poke (0x467, 0x00007000); /* where firmware may go on */
	port_out16 (0x604, 0x2000 | 1 << 10); /* PM1a_CNT: SLP_EN, S3 */
	port_out16 (0x604, 0x2000);
	port_out16 (0xB004, 0x2000);
}
