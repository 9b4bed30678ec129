/* SPDX-License-Identifier: MIT */
#ifndef TCBSPLIT_RETIRED_H
#define TCBSPLIT_RETIRED_H

/* Nothing is erased here: what stands behind these stays where compilers put it. */
#define TCBSPLIT_RETIRED
#define TCBSPLIT_RETIRED_INLINE
#define TCBSPLIT_RETIRED_CONSTANT
#define TCBSPLIT_RETIRED_ADDRESSES
#define TCBSPLIT_RETIRED_VARIABLE

#endif
