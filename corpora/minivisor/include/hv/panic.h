/* SPDX-License-Identifier: MIT */
#ifndef HV_PANIC_H
#define HV_PANIC_H

/* Print "minivisor: panic: ..." and stop the machine. */
void panic (const char *text, ...)
	__attribute__ ((noreturn, format (printf, 1, 2)));

/* Stop the machine; QEMU's exit device ends with status * 2 + 1. */
void machine_stop (unsigned char status) __attribute__ ((noreturn));

#define MACHINE_OK 0x10
#define MACHINE_GUEST_FAILED 0x11
#define MACHINE_PANIC 0x12

#endif
