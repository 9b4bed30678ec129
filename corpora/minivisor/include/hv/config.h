/* SPDX-License-Identifier: MIT */
#ifndef HV_CONFIG_H
#define HV_CONFIG_H

#include "lib/types.h"

/* The parsed configuration: plain values, no pointers. */
struct config {
	char banner[48];
	u64 storage_first; /* sector */
	u64 storage_count; /* sectors; 0: nothing is encrypted */
	u32 heartbeat; /* VM exits between heartbeats; 0: none */
	u32 loaded; /* 1 once all of this is verified */
};

extern struct config config;

#endif
