/* SPDX-License-Identifier: MIT */
/*
 * Runs the attacks of this image, one after the other, and waits after each
 * for the judge, who answers with one byte. As preprocessing guest it then
 * hands over what the module "token" holds: a valid blob.
 */

#include "abi/multiboot.h"
#include "hostile.h"
#include "lib/string.h"

#define LINE_STATUS 0x3FD
#define DATA 0x3F8

void guest_main (u32 magic, const struct multiboot_info *info);

extern const struct attack __start_attacks[], __stop_attacks[];

u8 loot[16 * PAGE];
u8 decoy[PAGE] __attribute__ ((aligned (4096)));

static const struct multiboot_info *info;

static void
wait_for_judge (void)
{
	while (!(port_in8 (LINE_STATUS) & 1))
		;
	port_in8 (DATA);
}

const u8 *
module (const char *name, u32 *length)
{
	const struct multiboot_module *m = (const void *) info->mods_addr;
	u32 i;

	for (i = 0; i < info->mods_count; i++)
		if (!strcmp ((const char *) m[i].string, name)) {
			*length = m[i].end - m[i].start;
			return (const void *) m[i].start;
		}
	return NULL;
}

static u32
hand_over (void)
{
	u32 length = 0;
	const u8 *blob = module ("token", &length);

	return (u32) hypercall (HC_HANDOFF, address_of (blob), length, 0);
}

void
guest_main (u32 magic, const struct multiboot_info *given)
{
	const struct attack *a;
	u32 status = 0;

	(void) magic;
	info = given;
	exception_init ();
	memset (decoy, 0xA5, sizeof decoy);
	print ("hostile: ready\n");
	wait_for_judge ();
	for (a = __start_attacks; a < __stop_attacks; a++) {
		print ("hostile: begin %s\n", a->name);
		a->run ();
		exception_init ();
		print ("hostile: end %s\n", a->name);
		wait_for_judge ();
	}
	if (!strcmp ((const char *) info->cmdline, "preguest"))
		status = hand_over ();
	hypercall (HC_EXIT, status, 0, 0);
}
