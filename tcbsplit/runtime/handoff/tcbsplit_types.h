/* SPDX-License-Identifier: MIT */
#ifndef TCBSPLIT_TYPES_H
#define TCBSPLIT_TYPES_H

/*
 * Types of known size without any header: hypervisors are often built with
 * -nostdinc, and the guest has no C library.
 */

#include "retired.h"

typedef __UINT8_TYPE__ tcbsplit_u8;
typedef __UINT32_TYPE__ tcbsplit_u32;
typedef __UINT64_TYPE__ tcbsplit_u64;

#endif
