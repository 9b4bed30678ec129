/* SPDX-License-Identifier: MIT */
/* The target guest: uses what the hypervisor gives, tries what it refuses. */

#include "abi/multiboot.h"
#include "guest/lib/exception.h"
#include "guest/lib/print.h"
#include "guest/lib/report.h"
#include "guest/target/target.h"

void guest_main (u32 magic, const struct multiboot_info *info);

void
guest_main (u32 magic, const struct multiboot_info *info)
{
	print ("target: started\n");
	exception_init ();
	report ("multiboot entry", magic == MULTIBOOT_LOADER_MAGIC &&
		info->flags & MULTIBOOT_INFO_MEMORY_MAP);
	test_processor ();
	test_isolation ();
	test_disk ();
	report_summary ();
}
