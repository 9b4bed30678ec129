/* The C of a small hypervisor: the compiler's own headers, callbacks, a table, a weak default. */

#include <stddef.h>
#include <stdint.h>

#ifndef __aarch64__
#error "not for this machine"
#endif

typedef void (*handler_t) (uint64_t);

struct device {
	uint16_t id;
	handler_t handler;
	uint8_t name[5];
};
_Static_assert (sizeof (struct device) == 24, "layout");

void enter_guest (uint64_t address);
void late_hook (void);

static uint64_t counted;

static void
uart (uint64_t value)
{
	counted += value;
}

static void
timer (uint64_t value)
{
	counted -= value;
}

static void
probe (uint64_t value)
{
	counted = value;
}

static const struct device devices[] = {
	{ UINT32_C (1), uart, "uart" },
	{ UINT32_C (2), timer, "tick" },
};

__attribute__ ((weak)) void
board_hook (void)
{
	probe (3);
}

__attribute__ ((noinline)) static uint64_t
decode (uint64_t syndrome)
{
	return syndrome >> 26;
}

void
handle (uint64_t syndrome)
{
	devices[decode (syndrome) & 1].handler (syndrome);
}

void
handle_irq (void)
{
	handle (0);
}

void
on_start (void)
{
	counted = 1;
}

void
on_check (void)
{
	counted = 2;
}

static void
setup (handler_t first)
{
	first (0);
}

void
main_c (void)
{
	setup (probe);
	board_hook ();
	late_hook ();
	enter_guest (0x40000000);
	for (;;)
		;
}
