/* SPDX-License-Identifier: MIT */
/* Callbacks after a number of VM exits. */

#include "hv/timer.h"

struct timer {
	timer_callback callback;
	void *data;
	u32 left; /* 0: not set */
};

static struct timer timers[4];
static unsigned int timer_count;

struct timer *
timer_new (timer_callback callback, void *data)
{
	struct timer *t;

	if (timer_count == ARRAY_SIZE (timers))
		return NULL;
	t = &timers[timer_count++];
	t->callback = callback;
	t->data = data;
	return t;
}

void
timer_set (struct timer *t, u32 exits)
{
	t->left = exits;
}

void
timer_poll (void)
{
	unsigned int i;

	for (i = 0; i < timer_count; i++)
		if (timers[i].left && !--timers[i].left)
			timers[i].callback (timers[i].data);
}
