/* SPDX-License-Identifier: MIT */
#ifndef ABI_MACHINE_END_H
#define ABI_MACHINE_END_H

/*
 * How a machine is ended, of those that can be: a status written to QEMU's
 * isa-debug-exit, then a text byte by byte to the port that Bochs 2.7 listens
 * to (iodev/unmapped.cc). Others have nothing there.
 */

#define EXIT_PORT 0xF4
#define SHUTDOWN_PORT 0x8900
#define SHUTDOWN_TEXT "Shutdown"

#endif
