/* SPDX-License-Identifier: MIT */
#ifndef HV_TIMER_H
#define HV_TIMER_H

#include "lib/types.h"

typedef void (*timer_callback) (void *data);

/* Timers count VM exits; they are polled on each. NULL when none is left. */
struct timer *timer_new (timer_callback callback, void *data);
void timer_set (struct timer *timer, u32 exits);
void timer_poll (void);

#endif
