/* SPDX-License-Identifier: MIT */
#ifndef GUEST_LIB_EXCEPTION_H
#define GUEST_LIB_EXCEPTION_H

#define EXCEPTION_NONE -1
#define EXCEPTION_UD 6
#define EXCEPTION_GP 13
#define EXCEPTION_PF 14

void exception_init (void);

/* Call; the number of the exception that ended it, or EXCEPTION_NONE. */
int exception_try (void (*function) (void *data), void *data);

#endif
