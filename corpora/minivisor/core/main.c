/* SPDX-License-Identifier: MIT */
/*
 * The hypervisor's life, in order. Everything that protects it comes before
 * guards_close (), everything that may run a guest behind: of a split build,
 * "preproc" does (vcpu_run () insists). Units named "reset" are no step of this
 * list: guest_load () calls them before each guest.
 */

#include "abi/multiboot.h"
#include "hv/bootinfo.h"
#include "hv/console.h"
#include "hv/guard.h"
#include "hv/guest.h"
#include "hv/panic.h"
#include "hv/unit.h"
#include "hv/vcpu.h"
#include "lib/errno.h"
#include "lib/types.h"

void hv_main (u32 magic, const void *info);

/* The modules, before anything else may lie where they do. */
static void
find_modules (const void *info)
{
	int error = bootinfo_init (info);

	if (!error)
		error = bootinfo_keep (info);
	if (error == -ENOMEM)
		panic ("no room for the modules above the guest's memory");
	if (error)
		panic ("the loader's modules or memory map are wrong (%d)",
		       error);
}

static void
load_target (void)
{
	const struct hv_module *target = bootinfo_module ("target");
	int error;

	if (!target)
		panic ("no module named target");
	error = guest_load (target, NULL, 0);
	if (error)
		panic ("target guest cannot be loaded (%d)", error);
}

static void
run_target (void)
{
	static const char *const names[] = {
		[VCPU_EXITED] = "exit",
		[VCPU_SHUTDOWN] = "shutdown",
		[VCPU_FAULT] = "fault",
	};
	enum vcpu_end end;

	printf ("minivisor: starting target guest\n");
	end = vcpu_run ();
	printf ("minivisor: target ended: %s status %lu\n", names[end],
		vcpu_status ());
	machine_stop (end == VCPU_EXITED && !vcpu_status () ? MACHINE_OK :
		      MACHINE_GUEST_FAILED);
}

void
hv_main (u32 magic, const void *info)
{
	console_init (); /* so that everything below can speak */
	printf ("minivisor: started\n");
	if (magic != MULTIBOOT_LOADER_MAGIC)
		panic ("not started by a multiboot loader");
	find_modules (info); /* out of reach of guests */
	units_call ("arch"); /* the processor's virtualisation */
	units_call ("pass"); /* what guests may see of the machine */
	units_call ("guard"); /* no way to memory but by the processor */
	guards_close (); /* from here on a guest may run */
	units_call ("preproc"); /* configuration, identity, keys */
	units_call ("driver"); /* services that need them */
	load_target ();
	run_target ();
}
