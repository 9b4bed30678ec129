/* SPDX-License-Identifier: MIT */
/* A sign of life: a line on the console every so many VM exits. */

#include "hv/config.h"
#include "hv/console.h"
#include "hv/timer.h"
#include "hv/unit.h"
#include "lib/errno.h"

static struct timer *timer;
static u32 beats;

static void
beat (void *data)
{
	const u32 *interval = data;

	beats++;
	if (beats == 1)
		printf ("heartbeat: first after %u exits\n", *interval);
	timer_set (timer, *interval);
}

static int
heartbeat_init (void)
{
	if (!config.heartbeat)
		return 0;
	timer = timer_new (beat, &config.heartbeat);
	if (!timer)
		return -ENOSPC;
	timer_set (timer, config.heartbeat);
	return 0;
}

UNIT ("driver9", heartbeat_init);
